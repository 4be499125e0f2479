"""What docker-py does with containers of an engine that has one image, `box:1`, with busybox in it.

Usage: container_conversation.py <socket>
"""

import io
import sys
import tarfile

import docker
from docker.errors import APIError, ContainerError, NotFound

from steps import fails, run, step

SOCKET = sys.argv[1]
FOREVER = "trap 'exit 3' TERM; echo ready; while :; do sleep 0.05; done"

client = docker.DockerClient(base_url="unix://" + SOCKET, timeout=20, version="auto")


def equal(actual, expected):
    assert actual == expected, "%r is not %r" % (actual, expected)


def background(name):
    container = client.containers.run("box:1", ["sh", "-c", FOREVER], name=name, network_mode="none", detach=True)
    for line in container.logs(stream=True, follow=True):
        if b"ready" in line:
            return container


@step
def run_gives_the_output():
    equal(client.containers.run("box:1", ["echo", "said"], network_mode="none", remove=True), b"said\n")
    equal(client.containers.list(all=True), [])


@step
def a_failure_has_its_exit_status():
    try:
        client.containers.run("box:1", ["sh", "-c", "echo bad >&2; exit 4"], network_mode="none", remove=True)
        raise AssertionError("it did not fail")
    except ContainerError as error:
        equal((error.exit_status, error.stderr), (4, b"bad\n"))


@step
def life_of_a_container():
    container = background("first")
    equal([each.id for each in client.containers.list()], [container.id])
    container.pause()
    container.reload()
    equal(container.status, "paused")
    container.unpause()
    equal(container.top()["Titles"][1], "PID")
    container.rename("second")
    container.reload()
    equal((container.name, container.status), ("second", "running"))
    error = fails(APIError, "container is running", lambda: container.remove())
    equal(error.status_code, 409)
    container.stop()
    equal(container.wait()["StatusCode"], 3)
    container.start()
    container.kill()
    equal(container.wait()["StatusCode"], 137)
    container.restart(timeout=0)
    equal(container.update(mem_limit="50m", memswap_limit="60m"), {"Warnings": None})
    container.remove(force=True)
    fails(NotFound, "No such container", lambda: client.containers.get("second"))


@step
def files_and_commit():
    container = client.containers.create("box:1", ["sh", "-c", "cat /tmp/in >/out; rm /bin/cat"], network_mode="none")
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        entry = tarfile.TarInfo("in")
        entry.size = 5
        archive.addfile(entry, io.BytesIO(b"words"))
    equal(container.put_archive("/tmp", packed.getvalue()), True)
    container.start()
    equal(container.wait()["StatusCode"], 0)
    kinds = {each["Path"]: each["Kind"] for each in container.diff()}
    equal(kinds, {"/bin": 0, "/bin/cat": 2, "/out": 1, "/tmp": 0, "/tmp/in": 1})
    stream, stat = container.get_archive("/out")
    equal((stat["name"], stat["size"], stat["linkTarget"]), ("out", 5, ""))
    with tarfile.open(fileobj=io.BytesIO(b"".join(stream))) as archive:
        equal(archive.extractfile("out").read(), b"words")
    with tarfile.open(fileobj=io.BytesIO(b"".join(container.export()))) as archive:
        equal(archive.extractfile("out").read(), b"words")
    fails(NotFound, "Could not find the file /none", lambda: container.get_archive("/none"))
    image = container.commit("by-python", "1", message="said", author="me", changes=["ENV A=1"], conf={"Cmd": ["pwd"]})
    equal((image.tags, image.attrs["Author"], image.attrs["Comment"]), (["by-python:1"], "me", "said"))
    equal((image.attrs["Config"]["Cmd"], image.attrs["Config"]["Env"]), (["pwd"], ["A=1"]))
    fails(APIError, "conflict: unable to remove repository reference", lambda: client.images.remove("box:1"))
    container.remove()
    client.images.remove("by-python:1")


@step
def filters_and_prune():
    container = client.containers.create("box:1", "true", network_mode="none", labels={"a": "b"})
    equal([each.id for each in client.containers.list(all=True, filters={"label": "a=b"})], [container.id])
    equal(client.containers.list(all=True, filters={"label": "a=c"}), [])
    equal(client.containers.prune(), {"ContainersDeleted": [container.id], "SpaceReclaimed": 0})


run()
