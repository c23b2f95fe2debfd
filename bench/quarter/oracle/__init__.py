"""The oracle: says by itself what was due, to whom and when it might be told. It imports nothing of the program.

It reads the county's files as they are written, the rows that the program left, and what left for the chats; limits,
ladder and permitted instants it counts anew, in ways of its own.
"""
