"""The methods, a folder per family. See docs/architecture.md for what belongs in one."""
