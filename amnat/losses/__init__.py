"""Losses as pure functions of tensors; import the module of the method that you need."""
