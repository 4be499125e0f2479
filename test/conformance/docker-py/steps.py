"""A conversation in steps, told to who started it: for every step a line of JSON with its name, and the traceback if it failed."""

import json
import traceback

steps = []


def step(function):
    """Adds a step; they run in the order in which they are written."""
    steps.append(function)
    return function


def fails(kind, words, action):
    """The error that an action must end with, which must say these words."""
    try:
        action()
    except kind as error:
        assert words in str(error), str(error)
        return error
    raise AssertionError("there was no %s" % kind.__name__)


def run():
    """A step that fails does not keep the others from being tried."""
    for function in steps:
        fault = None
        try:
            function()
        except Exception:
            fault = traceback.format_exc()
        print(json.dumps({"name": function.__name__.replace("_", " "), "fault": fault}), flush=True)
