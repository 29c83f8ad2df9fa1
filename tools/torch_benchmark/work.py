"""One call of a program: as it is, by torch.compile, or as a CUDA graph."""

import torch


class Work:
    """One call of a program, in two parts.

    Args:
      step: callable that does the work; it takes what `fetch` returns, and keeps everything else on
        the device.
      fetch: callable that returns a tuple of tensors on the device, new ones for each call.
      networks: the networks that `step` calls; torch.compile compiles them.
    """

    def __init__(self, step, fetch=tuple, networks=()):
        self.step, self.fetch, self.networks = step, fetch, networks

    def prepared(self, mode="eager"):
        """The function of one call: "eager", "compile" (torch.compile), "graphs" (CUDA graphs)."""
        if mode == "graphs":
            return self._captured()
        if mode == "compile":
            for network in self.networks:
                network.compile()
        return lambda: self.step(*self.fetch())

    def _captured(self):
        """Records the step as a CUDA graph; each call copies its inputs and starts the graph."""
        inputs = tuple(x.clone() for x in self.fetch())
        # Libraries choose their kernels and memory in the first calls, outside the graph.
        stream = torch.cuda.Stream()
        stream.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(stream):
            for _ in range(3):
                self.step(*inputs)
        torch.cuda.current_stream().wait_stream(stream)
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph):
            self.step(*inputs)

        def call():
            for kept, new in zip(inputs, self.fetch(), strict=True):
                kept.copy_(new)
            graph.replay()

        return call
