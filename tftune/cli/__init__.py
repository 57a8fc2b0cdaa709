"""THE COMMAND LINE: options, their converters, the run loop of a program. Nothing here is imported
before it is asked for.
"""
