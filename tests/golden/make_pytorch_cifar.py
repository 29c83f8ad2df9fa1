"""Makes the golden numbers of pytorch-cifar's networks: pytorch_cifar.json.

    python tests/golden/make_pytorch_cifar.py --original_dir=FOLDER --out=tests/golden

FOLDER is a checkout of kuangliu/pytorch-cifar, whose own classes are run, in PyTorch on the CPU
(install it separately, amnat does not depend on it). All weights and moving averages are those of
`filler` (tests/networks/filler.py), numbered in the order in which the layers are first called.
For each network the file has the number of its trained parameters and its logits for two images, in
inference and in float64.
"""

import argparse
import json
import pathlib
import sys

import numpy as np
import torch

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "networks"))

from filler import cifar_images, cifar_value  # noqa: E402

# amnat's name: (module, class or function, its arguments).
NETWORKS = {
    "densenet121": ("densenet", "DenseNet121", ()),
    "dla": ("dla", "DLA", ()),
    "googlenet": ("googlenet", "GoogLeNet", ()),
    "mobilenet": ("mobilenet", "MobileNet", ()),
    "mobilenet_v2": ("mobilenetv2", "MobileNetV2", ()),
    "preact_resnet18": ("preact_resnet", "PreActResNet18", ()),
    "resnet101": ("resnet", "ResNet101", ()),
    "resnet18": ("resnet", "ResNet18", ()),
    "resnet34": ("resnet", "ResNet34", ()),
    "resnet50": ("resnet", "ResNet50", ()),
    "senet18": ("senet", "SENet18", ()),
    "simple_dla": ("dla_simple", "SimpleDLA", ()),
    "vgg11": ("vgg", "VGG", ("VGG11",)),
    "vgg13": ("vgg", "VGG", ("VGG13",)),
    "vgg16": ("vgg", "VGG", ("VGG16",)),
    "vgg19": ("vgg", "VGG", ("VGG19",)),
}


def layers_in_order(network, images):
    """The layers with parameters, in the order of their first calls."""
    found = []

    def remember(layer, *_):
        if layer not in found:
            found.append(layer)

    for layer in network.modules():
        if isinstance(layer, (torch.nn.Conv2d, torch.nn.BatchNorm2d, torch.nn.Linear)):
            layer.register_forward_hook(remember)
    network(images)
    return found


def fill(name, network, images):
    for number, layer in enumerate(layers_in_order(network, images)):
        kinds = ["weight", "bias"]
        if isinstance(layer, torch.nn.BatchNorm2d):
            kinds += ["running_mean", "running_var"]
        for kind in kinds:
            value = getattr(layer, kind)
            if value is not None:
                is_norm = isinstance(layer, torch.nn.BatchNorm2d)
                new = cifar_value(name, kind, is_norm, tuple(value.shape), number)
                value.data.copy_(torch.tensor(np.ascontiguousarray(new)))


def numbers_of(name, network):
    images = torch.tensor(cifar_images().transpose(0, 3, 1, 2), dtype=torch.float64)
    network = network.double().eval()
    with torch.no_grad():
        fill(name, network, images)
        logits = network(images)
    count = sum(parameter.numel() for parameter in network.parameters())
    return {"parameters": count, "logits": [[round(v, 9) for v in row] for row in logits.tolist()]}


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--original_dir", type=pathlib.Path, required=True)
    parser.add_argument("--out", type=pathlib.Path, default=HERE)
    arguments = parser.parse_args()
    sys.path.insert(0, str(arguments.original_dir / "models"))
    found = {}
    for name, (module, function, given) in NETWORKS.items():
        found[name] = numbers_of(name, getattr(__import__(module), function)(*given))
        print(name, found[name]["parameters"], flush=True)
    lines = [f" {json.dumps(name)}: {json.dumps(value)}" for name, value in found.items()]
    text = "{\n" + ",\n".join(lines) + "\n}\n"
    (arguments.out / "pytorch_cifar.json").write_text(text)


if __name__ == "__main__":
    main()
