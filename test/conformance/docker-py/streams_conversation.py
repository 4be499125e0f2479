"""What docker-py hears of containers and says to them; the engine has one image, `box:1`, with busybox in it.

Usage: streams_conversation.py <socket>
"""

import socket
import sys

import docker
from docker.errors import APIError

from steps import fails, run, step

client = docker.DockerClient(base_url="unix://" + sys.argv[1], timeout=20, version="auto")


def equal(actual, expected):
    assert actual == expected, "%r is not %r" % (actual, expected)


def background(script, **more):
    return client.containers.run("box:1", ["sh", "-c", script], network_mode="none", detach=True, **more)


@step
def run_gives_the_output():
    equal(client.containers.run("box:1", ["echo", "hello"], network_mode="none", remove=True), b"hello\n")
    container = background("echo out; echo err >&2")
    container.wait()
    equal(container.logs(stdout=True, stderr=False), b"out\n")
    equal(container.logs(stdout=False, stderr=True), b"err\n")
    assert container.logs(timestamps=True, stderr=False).endswith(b"Z out\n")
    container.remove()


@step
def logs_stream_to_the_end():
    container = background("for i in 1 2 3; do echo $i; busybox usleep 20000; done")
    equal(b"".join(container.logs(stream=True, follow=True)), b"1\n2\n3\n")
    equal(container.logs(tail=1), b"3\n")
    container.remove()


@step
def exec_run_in_all_its_forms():
    container = background("sleep 1000")
    equal(tuple(container.exec_run("echo hello")), (0, b"hello\n"))
    equal(tuple(container.exec_run(["sh", "-c", "echo out; echo err >&2; exit 3"], demux=True)), (3, (b"out\n", b"err\n")))
    code, stream = container.exec_run(["sh", "-c", "echo a; busybox usleep 20000; echo b"], stream=True)
    equal((code, b"".join(stream)), (None, b"a\nb\n"))
    code, stream = container.exec_run(["sh", "-c", "echo out; echo err >&2"], stream=True, demux=True)
    equal(sorted(str(part) for part in stream), ["(None, b'err\\n')", "(b'out\\n', None)"])
    equal(container.exec_run("env", environment={"A": "1"}, tty=True).output.count(b"A=1\r\n"), 1)
    equal(container.exec_run("id -u", user="7").output, b"7\n")
    equal(container.exec_run("nosuch").exit_code, 127)
    equal(container.exec_run("true", detach=True).output in (b"", ""), True)
    container.remove(force=True)
    fails(APIError, "No such container", lambda: container.exec_run("true"))


@step
def attach_socket_talks_both_ways():
    container = client.containers.create("box:1", "cat", stdin_open=True, network_mode="none")
    talk = container.attach_socket(params={"stdin": 1, "stdout": 1, "stream": 1})
    container.start()
    talk._sock.sendall(b"said\n")
    frame = b""
    while len(frame) < 13:
        frame += talk._sock.recv(100)
    equal(frame, b"\x01\0\0\0\0\0\0\x05said\n")
    talk._sock.shutdown(socket.SHUT_WR)
    equal(talk._sock.recv(100), b"")
    talk.close()
    container.remove(force=True)


@step
def attach_streams_what_comes():
    container = client.containers.create("box:1", ["sh", "-c", "echo one; echo two"], network_mode="none")
    stream = container.attach(stream=True, logs=True)
    container.start()
    equal(b"".join(stream), b"one\ntwo\n")
    equal(container.attach(logs=True, stream=False), b"one\ntwo\n")
    container.remove()


@step
def exec_start_as_a_socket():
    container = background("sleep 1000")
    made = client.api.exec_create(container.id, "cat", stdin=True)
    talk = client.api.exec_start(made["Id"], socket=True)
    talk._sock.sendall(b"x\n")
    frame = b""
    while len(frame) < 10:
        frame += talk._sock.recv(100)
    equal(frame, b"\x01\0\0\0\0\0\0\x02x\n")
    talk._sock.shutdown(socket.SHUT_WR)
    equal(talk._sock.recv(100), b"")
    equal(client.api.exec_inspect(made["Id"])["ExitCode"], 0)
    talk.close()
    container.remove(force=True)


run()
