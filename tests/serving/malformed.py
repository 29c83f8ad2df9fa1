"""Bodies of requests that no server should answer with a prediction."""

import json
import random

GOOD = {"signature_name": "generate", "inputs": {"num_samples": 2, "seed": 7}}


def _wrong_value(rng):
    return rng.choice(
        [
            *(None, True, "x", -1, 0, 51, 2**31, 2**63, 1.5, [], {}, [[1]], [None], {"b64": "a"}),
            *("\u0000", [1, [2]], {"inputs": {}}, [{}], [[[[]]]], "9" * 500),
        ]
    )


def _other_json(rng):
    body = json.loads(json.dumps(GOOD))
    for _ in range(rng.randint(1, 3)):
        change = rng.randrange(5)
        if change == 0:
            body["inputs"] = _wrong_value(rng)
        elif change == 1 and isinstance(body.get("inputs"), dict):
            body["inputs"]["num_samples"] = _wrong_value(rng)
        elif change == 2 and isinstance(body.get("inputs"), dict):
            body["inputs"].pop(rng.choice(["num_samples", "seed"]), None)
        elif change == 3:
            body["signature_name"] = rng.choice(["none", 1, None, [], "classify"])
        else:
            body["instances"] = [_wrong_value(rng)]
    return json.dumps(body).encode()


def _broken_text(rng):
    data = bytearray(json.dumps(GOOD).encode())
    for _ in range(rng.randint(1, 8)):
        data[rng.randrange(len(data))] = rng.randrange(256)
    return bytes(data[: rng.randint(0, len(data))])


def _noise(rng):
    return rng.randbytes(rng.randint(0, 300))


def _deep(rng):
    depth = rng.randint(1, 5000)
    opening = rng.choice([b"[", b'{"inputs":'])
    return opening * depth + rng.choice([b"", b"]" * depth])


def bodies(count, seed=0):
    """Yields malformed bodies, bytes."""
    rng = random.Random(seed)
    for _ in range(count):
        yield rng.choice([_other_json, _broken_text, _noise, _deep])(rng)
