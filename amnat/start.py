"""Prepares the process of a script: `import amnat.start` comes before its other imports of amnat.

What a process reads from its environment when it loads a package, and what it does with Ctrl-C
while it loads one, has to be settled before the first import. A library does not import this.
"""

from amnat import process

process.prepare()
