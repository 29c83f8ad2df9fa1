"""Names of the classifier networks, importable without TensorFlow (flag checks need them)."""

CLASSIFIER_NAMES = ("densenet", "mobilenet_v2", "resnet18", "small", "vgg16")
