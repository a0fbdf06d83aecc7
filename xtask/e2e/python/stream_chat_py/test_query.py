"""Finding users."""

import json
import re

import pytest
from support import unique, uniques

EMPTY_AUTOCOMPLETE = (
    "$autocomplete field is empty or contains invalid characters. "
    "Please provide a valid string to autocomplete"
)


@pytest.fixture(scope="module")
def crew(client):
    """Users that differ in everything that can be asked for."""
    tag = unique("crew")
    for user in [
        {"name": "Roxy", "role": "admin", "teams": ["red"], "age": 9},
        {"name": "Roxanne", "teams": ["red", "blue"], "age": 50, "tags": ["a", "b"]},
        {"name": "Curiosity Rover", "username": f"{tag}_rover_curiosity", "age": 100},
        {"name": "Zoe", "teams": ["green"], "address": {"city": "Delft"}},
    ]:
        first = user["name"].split()[0].lower()
        client.upsert_user({"id": f"{first}-{tag}", "tag": tag, **user})
    return tag


@pytest.fixture
def names(client, crew):
    def names(condition, sort=None, **options):
        both = {"$and": [{"tag": crew}, condition]}
        users = client.query_users(both, sort, **options)["users"]
        return [user["name"].split()[0] for user in users]

    return names


NEWEST_FIRST = ["Zoe", "Curiosity", "Roxanne", "Roxy"]


@pytest.mark.parametrize(
    "condition, found",
    [
        ({}, NEWEST_FIRST),
        ({"name": "Roxy"}, ["Roxy"]),
        ({"name": {"$in": ["Roxy", "Zoe"]}}, ["Zoe", "Roxy"]),
        ({"role": {"$eq": "admin"}}, ["Roxy"]),
        ({"teams": {"$in": ["blue", "green"]}}, ["Zoe", "Roxanne"]),
        ({"teams": {"$contains": "red"}}, ["Roxanne", "Roxy"]),
        ({"teams": None}, ["Curiosity"]),
        ({"banned": False}, NEWEST_FIRST),
        ({"age": {"$gt": 9}}, ["Curiosity", "Roxanne"]),
        ({"age": {"$exists": False}}, ["Zoe"]),
        ({"tags": {"$contains": "a"}}, ["Roxanne"]),
        ({"address.city": "Delft"}, ["Zoe"]),
        ({"$or": [{"name": "Zoe"}, {"role": "admin"}]}, ["Zoe", "Roxy"]),
        ({"$nor": [{"name": "Zoe"}, {"role": "admin"}]}, ["Curiosity", "Roxanne"]),
        ({"last_active": {"$exists": False}}, NEWEST_FIRST),
        ({"name": {"$autocomplete": "ro"}}, ["Curiosity", "Roxanne", "Roxy"]),
        ({"username": {"$autocomplete": "rove"}}, ["Curiosity"]),
    ],
    ids=json.dumps,
)
def test_what_a_filter_finds(names, condition, found):
    assert names(condition) == found


@pytest.mark.parametrize(
    "sort, found",
    [
        ({"name": 1}, ["Curiosity", "Roxanne", "Roxy", "Zoe"]),
        ([{"name": -1}], ["Zoe", "Roxy", "Roxanne", "Curiosity"]),
        ([{"field": "created_at", "direction": 1}], NEWEST_FIRST[::-1]),
        ([{"role": 1}, {"name": 1}], ["Roxy", "Curiosity", "Roxanne", "Zoe"]),
    ],
    ids=str,
)
def test_users_are_sorted(names, sort, found):
    assert names({}, sort) == found


def test_custom_numbers_are_sorted_as_numbers(names):
    aged = {"age": {"$exists": True}}
    assert names(aged, {"age": -1}) == ["Curiosity", "Roxanne", "Roxy"]


def test_pages(client, names):
    assert names({}, {"name": 1}, limit=2, offset=1) == ["Roxanne", "Roxy"]
    ids = uniques(31)
    client.upsert_users([{"id": id} for id in ids])
    found = client.query_users({"id": {"$in": ids}})["users"]
    assert len(found) == 30
    found = client.query_users({"id": {"$in": ids}}, {"id": 1}, id_gt=ids[27])["users"]
    assert [user["id"] for user in found] == ids[28:]


def test_who_is_shown(client, users, visible, stored):
    client.deactivate_user(users[0])
    client.delete_user(users[1])
    assert visible(users) == users[2:]
    assert visible(users, include_deactivated_users=True) == [users[0], users[2]]
    shown = stored(users[0], include_deactivated_users=True)
    assert shown["deactivated_at"].endswith("Z")


def test_nothing_to_watch_without_a_connection(client, user):
    answer = client.query_users({"id": user}, presence=True, watch=False, state=False)
    assert len(answer["users"]) == 1


@pytest.mark.parametrize(
    "options, text",
    [
        ({"limit": 101}, "limit must be 100 or less"),
        ({"limit": -1}, "limit must be 0 or greater"),
        ({"offset": 1001}, "offset must be 1000 or less"),
    ],
    ids=str,
)
def test_limits_have_limits(client, refused, options, text):
    with refused(400, 4, "QueryUsers", re.compile(text)):
        client.query_users({}, **options)


@pytest.mark.parametrize(
    "condition, text",
    [
        ({"name": {"$autocomplete": ""}}, EMPTY_AUTOCOMPLETE),
        ({"name": {"$autocomplete": "!@#$%!%&*()"}}, EMPTY_AUTOCOMPLETE),
        (
            {"mycustomfield": {"$q": "rove"}},
            "search is not enabled for field users.mycustomfield",
        ),
        ({"id": {"$in": "ada"}}, None),
        ({"teams": ""}, None),
    ],
    ids=json.dumps,
)
def test_a_filter_that_makes_no_sense_is_refused(client, refused, condition, text):
    with refused(400, 4, "QueryUsers", text):
        client.query_users(condition)


def test_a_payload_that_is_no_json_is_refused(client, refused):
    for params in ({"payload": "{"}, {}):
        with refused(400, 4, "QueryUsers", "invalid json data"):
            client.get("users", params)
