"""A small server for exports: TensorFlow Serving's REST interface, and a page to try them out."""
