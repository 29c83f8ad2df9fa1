"""SavedModels of generators and classifiers that serve without amnat."""
