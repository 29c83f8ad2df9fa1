"""SavedModels of generators and classifiers that can be served without amnat."""
