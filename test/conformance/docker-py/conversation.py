"""What docker-py does with an engine that was empty before: one step after the other.

Usage: conversation.py <socket> <folder>

The folder holds the archives, and `facts.json` says what is in them.
"""

import io
import json
import os
import sys
import tarfile
import threading

import docker
from docker.errors import APIError, BuildError, ImageLoadError, ImageNotFound, NotFound

from steps import fails, run, step

SOCKET, FOLDER = sys.argv[1:3]
with open(os.path.join(FOLDER, "facts.json"), encoding="utf-8") as file:
    FACTS = json.load(file)
APP, OLD, NAMELESS = FACTS["app"], FACTS["old"], FACTS["nameless"]


def connect(**options):
    return docker.DockerClient(base_url="unix://" + SOCKET, timeout=20, **options)


client = connect(version="auto")


def archive(name):
    with open(os.path.join(FOLDER, name), "rb") as file:
        return file.read()


def equal(actual, expected):
    assert actual == expected, "%r is not %r" % (actual, expected)


def ids(images):
    return [image.id for image in images]


@step
def ping_version_and_info():
    equal(client.ping(), True)
    equal(client.api.api_version, "1.55")
    version = client.version()
    equal((version["ApiVersion"], version["MinAPIVersion"], version["Os"]), ("1.55", "1.24", "linux"))
    info = client.info()
    equal((info["ServerVersion"], info["Images"], info["OSType"]), (version["Version"], 0, "linux"))


@step
def load_gives_image_objects():
    loaded = client.images.load(archive("two.tar"))
    equal([(image.id, image.tags) for image in loaded], [(APP["id"], ["demo/app:1"]), (OLD["id"], ["demo/old:1"])])
    with open(os.path.join(FOLDER, "nameless.tar"), "rb") as file:
        equal([(image.id, image.tags) for image in client.images.load(file)], [(NAMELESS["id"], [])])


@step
def load_of_what_is_no_image_is_its_own_error():
    fails(ImageLoadError, "does not contain a manifest.json", lambda: client.images.load(archive("rootfs.tar")))


@step
def list_with_filters():
    equal(ids(client.images.list()), [APP["id"], NAMELESS["id"], OLD["id"]])
    equal(ids(client.images.list(name="demo/app")), [APP["id"]])
    equal(ids(client.images.list(filters={"label": "team=harbour"})), [APP["id"]])
    equal(ids(client.images.list(filters={"label": ["team"]})), [APP["id"], OLD["id"]])
    equal(ids(client.images.list(filters={"dangling": True})), [NAMELESS["id"]])
    equal(client.api.images(name="demo/old", quiet=True), [OLD["id"]])
    fails(APIError, "invalid filter 'color'", lambda: client.images.list(filters={"color": "red"}))


@step
def inspect_and_history():
    for name in ["demo/app:1", APP["id"], APP["id"][7:19]]:
        equal(client.images.get(name).id, APP["id"])
    app = client.images.get("demo/app:1")
    equal((app.short_id, app.labels), (APP["id"][:17], {"team": "harbour"}))
    equal(app.attrs["RootFS"]["Layers"], APP["diffIds"])
    history = [(entry["Id"], entry["CreatedBy"], entry["Size"]) for entry in app.history()]
    equal(history, [(APP["id"], "layer 2", 5000), ("<missing>", "layer 1", 20)])


@step
def what_is_not_there_is_image_not_found():
    words = "No such image: demo/none:latest"
    fails(ImageNotFound, words, lambda: client.images.get("demo/none"))
    fails(ImageNotFound, words, lambda: client.images.remove("demo/none"))
    fails(ImageNotFound, words, lambda: client.api.history("demo/none"))
    fails(ImageNotFound, words, lambda: client.api.tag("demo/none", "demo/x"))
    fails(ImageNotFound, words, lambda: list(client.api.get_image("demo/none")))
    error = fails(NotFound, "No such container", lambda: client.containers.get("none"))
    assert not isinstance(error, ImageNotFound)


@step
def tag_and_remove():
    app = client.images.get("demo/app:1")
    equal(app.tag("demo/other", tag="2"), True)
    app.reload()
    equal(app.tags, ["demo/app:1", "demo/other:2"])
    error = fails(APIError, "(must be forced) - image is referenced in multiple repositories", lambda: client.images.remove(app.id))
    equal((error.status_code, error.is_client_error()), (409, True))
    equal(client.api.remove_image("demo/other:2"), [{"Untagged": "demo/other:2"}])
    client.images.remove(NAMELESS["id"], force=True, noprune=True)
    fails(ImageNotFound, NAMELESS["id"], lambda: client.images.get(NAMELESS["id"]))


@step
def save_gives_what_load_takes():
    app = client.images.get("demo/app:1")
    named = b"".join(app.save(named=True))
    with tarfile.open(fileobj=io.BytesIO(named)) as tar:
        manifest = json.load(tar.extractfile("manifest.json"))
    equal([entry["RepoTags"] for entry in manifest], [["demo/app:1"]])
    nameless = b"".join(app.save())
    client.images.remove("demo/app:1")
    equal([image.tags for image in client.images.load(nameless)], [[]])
    equal([image.tags for image in client.images.load(named)], [["demo/app:1"]])


@step
def import_from_bytes_a_file_and_a_stream():
    def imported(answer):
        return json.loads(answer.splitlines()[-1])["status"]

    path = os.path.join(FOLDER, "rootfs.tar")
    first = imported(client.api.import_image_from_data(archive("rootfs.tar"), repository="demo/imported", tag="1", changes=["ENV A=b", "CMD x"]))
    image = client.images.get("demo/imported:1")
    equal((image.id, image.attrs["Config"]["Env"]), (first, ["A=b"]))
    equal(image.attrs["RootFS"]["Layers"], OLD["diffIds"])
    second = imported(client.api.import_image_from_file(path, repository="demo/imported", tag="2"))
    equal(client.images.get("demo/imported:2").id, second)
    # Not a file: its length would be sent beside the word "chunked", and no engine takes both.
    stream = iter([archive("rootfs.tar")])
    third = imported(client.api.import_image_from_stream(stream, repository="demo/imported", tag="3"))
    equal(client.images.get("demo/imported:3").id, third)


@step
def events_live_and_replayed():
    live = client.events(decode=True, since=0, filters={"event": ["tag", "untag"], "image": "demo/event:1"})
    client.images.get("demo/app:1").tag("demo/event", tag="1")
    seen = next(live)
    live.close()
    equal((seen["Type"], seen["Action"]), ("image", "tag"))
    equal(seen["Actor"], {"ID": APP["id"], "Attributes": {"name": "demo/event:1", "team": "harbour"}})
    client.images.remove("demo/event:1")
    until = seen["time"] + 1
    replayed = [event["Action"] for event in client.events(decode=True, since=seen["time"] - 60, until=until, filters={"label": "team=lighthouse"})]
    equal(replayed, ["load"])


@step
def events_can_be_closed_from_another_thread():
    stream = client.events()
    threading.Timer(0.2, stream.close).start()
    for _ in stream:
        pass


@step
def df_and_prune():
    usage = client.df()
    equal(sorted(image["Id"] for image in usage["Images"]), sorted(ids(client.images.list())))
    client.images.get("demo/old:1").tag("demo/app", tag="1")
    equal(client.images.prune(filters={"label": "none"}), {"ImagesDeleted": None, "SpaceReclaimed": 0})
    pruned = client.images.prune()
    equal((pruned["ImagesDeleted"][0], pruned["SpaceReclaimed"]), ({"Deleted": APP["id"]}, 5000))
    client.images.prune(filters={"dangling": False})
    equal(client.images.list(all=True), [])


@step
def old_versions_of_the_api():
    for version in ["1.24", "1.41", "1.43"]:
        old = connect(version=version)
        equal([image.id for image in old.images.load(archive("two.tar"))], [APP["id"], OLD["id"]])
        equal(old.images.get("demo/app:1").attrs["VirtualSize"], 5020)
        old.images.remove("demo/app:1")
        old.close()
    fails(APIError, "client version 1.23 is too old", lambda: connect(version="1.23").images.list())


@step
def a_registry_that_is_not_there_is_told_of():
    for action in [
        lambda: client.images.pull("127.0.0.1:1/demo/none", tag="1"),
        lambda: client.login("user", password="word", registry="127.0.0.1:1"),
    ]:
        error = fails(APIError, "connect: connection refused", action)
        equal(error.status_code, 500)


@step
def what_is_not_built_yet_is_refused_in_words():
    for feature, action in [
        ("publishing ports", lambda: client.containers.create("demo/old:1", "x", ports={"80/tcp": 80})),
    ]:
        error = fails(APIError, feature + " is not implemented by slipway", action)
        equal(error.status_code, 501)


@step
def images_are_built():
    image, log = client.images.build(fileobj=io.BytesIO(b"FROM scratch\nLABEL a=b\n"), tag="demo/built:1", rm=True)
    equal(image.labels, {"a": "b"})
    equal(image.tags, ["demo/built:1"])
    equal("".join(line.get("stream", "") for line in log).splitlines()[0], "Step 1/2 : FROM scratch")


@step
def images_are_built_of_a_folder():
    folder = os.path.join(FOLDER, "context")
    os.makedirs(folder)
    for name, text in [("Other", "FROM scratch AS one\nARG A\nENV A=$A\nCOPY kept* /\nFROM one\nENV B=1\n"), ("kept", "k"), ("left", "l"), (".dockerignore", "left\n")]:
        with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
            file.write(text)
    options = {"path": folder, "dockerfile": "Other", "buildargs": {"A": "1"}, "labels": {"c": "d"}, "nocache": True, "pull": True}
    image, _ = client.images.build(target="one", **options)
    equal(image.attrs["Config"]["Env"][-1:], ["A=1"])
    image, log = client.images.build(gzip=True, **options)
    equal(image.attrs["Config"]["Env"][-1:], ["B=1"])
    equal(image.labels, {"c": "d"})
    assert any("Successfully built" in line.get("stream", "") for line in log)


@step
def builds_fail_as_the_client_expects():
    error = fails(BuildError, "COPY failed: file not found", lambda: client.images.build(fileobj=io.BytesIO(b"FROM scratch\nCOPY none /\n")))
    assert any("Step 2/2 : COPY none /" in line.get("stream", "") for line in error.build_log)
    error = fails(APIError, "unknown instruction: FETCH", lambda: client.images.build(fileobj=io.BytesIO(b"FROM scratch\nFETCH x\n")))
    equal(error.status_code, 400)


@step
def what_builds_leave_is_pruned():
    for image in client.images.list(filters={"reference": "demo/built"}):
        client.images.remove(image.id)
    client.images.prune(filters={"dangling": False})
    assert client.api.prune_builds()["CachesDeleted"]


run()
client.close()
