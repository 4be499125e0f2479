"""What docker-py does with registries, through an engine that holds `demo/app:1`.

Usage: registry_conversation.py <socket> <plain registry> <private registry> <password of alice>
"""

import sys

import docker
from docker.errors import APIError, NotFound

from steps import fails, run, step

SOCKET, PLAIN, PRIVATE, PASSWORD = sys.argv[1:5]
CREDENTIALS = {"username": "alice", "password": PASSWORD}
client = docker.DockerClient(base_url="unix://" + SOCKET, timeout=20, version="auto")


@step
def push_tells_the_digest_and_pull_brings_the_same_image():
    image = client.images.get("demo/app:1")
    assert image.tag(PLAIN + "/py/app", "1")
    said = list(client.images.push(PLAIN + "/py/app", tag="1", stream=True, decode=True))
    [result] = [line["aux"] for line in said if "aux" in line]
    assert result["Tag"] == "1" and result["Size"] > 0, result
    client.images.remove(PLAIN + "/py/app:1")
    again = client.images.pull(PLAIN + "/py/app", tag="1")
    assert again.id == image.id, again.id
    assert PLAIN + "/py/app@" + result["Digest"] in again.attrs["RepoDigests"], again.attrs["RepoDigests"]


@step
def every_tag_is_pulled_when_asked_for():
    client.images.get("demo/app:1").tag(PLAIN + "/py/app", "2")
    client.images.push(PLAIN + "/py/app")
    images = client.images.pull(PLAIN + "/py/app", all_tags=True)
    tags = {tag for image in images for tag in image.tags}
    assert {PLAIN + "/py/app:1", PLAIN + "/py/app:2"} <= tags, tags


@step
def the_layers_of_a_pull_are_told_one_by_one():
    client.images.remove("demo/old:1")
    for tag in client.images.get("demo/app:1").tags:
        client.images.remove(tag)
    statuses = {}
    for line in client.api.pull(PLAIN + "/py/app", tag="1", stream=True, decode=True):
        if "progressDetail" in line:
            statuses.setdefault(line["id"], []).append(line["status"])
    assert len(statuses) == 2, statuses
    for told in statuses.values():
        assert told[0] == "Pulling fs layer" and told[-1] == "Pull complete" and "Extracting" in told, told


@step
def what_is_not_there_is_an_image_not_found():
    error = fails(NotFound, "manifest unknown", lambda: client.images.pull(PLAIN + "/py/app", tag="none"))
    assert error.status_code == 404, error.status_code


@step
def a_private_registry_wants_credentials():
    client.images.get(PLAIN + "/py/app:1").tag(PRIVATE + "/py/app", "1")
    said = client.images.push(PRIVATE + "/py/app", tag="1")
    assert "no basic auth credentials" in said, said
    said = client.images.push(PRIVATE + "/py/app", tag="1", auth_config=CREDENTIALS)
    assert "digest: sha256:" in said, said
    error = fails(APIError, "no basic auth credentials", lambda: client.images.pull(PRIVATE + "/py/app", tag="1"))
    assert "docker login " + PRIVATE in str(error), str(error)
    assert client.images.pull(PRIVATE + "/py/app", tag="1", auth_config=CREDENTIALS).id


@step
def a_login_is_proven_by_the_registry():
    fails(APIError, "401 Unauthorized", lambda: client.login("alice", password="wrong", registry=PRIVATE))
    assert client.login("alice", password=PASSWORD, registry=PRIVATE)["Status"] == "Login Succeeded"
    # From here on the client sends the credentials by itself.
    assert client.images.pull(PRIVATE + "/py/app", tag="1").id


@step
def distribution_tells_what_a_name_stands_for():
    data = client.images.get_registry_data(PLAIN + "/py/app:1")
    assert data.id.startswith("sha256:"), data.id
    assert data.attrs["Platforms"] is None or data.has_platform("linux/amd64")


@step
def a_registry_without_search_is_searched_by_its_catalog():
    names = [result["name"] for result in client.images.search(PLAIN + "/py")]
    assert any(name.endswith("py/app") for name in names), names


run()
client.close()
