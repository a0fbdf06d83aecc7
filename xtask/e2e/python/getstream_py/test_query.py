"""Finding users."""

import json
import re
from datetime import timedelta

import pytest
from getstream.models import (
    QueryUsersPayload,
    SortParamRequest,
    UpdateUserPartialRequest,
    UserRequest,
)
from support import unique, uniques

EMPTY_AUTOCOMPLETE = (
    "$autocomplete field is empty or contains invalid characters. "
    "Please provide a valid string to autocomplete"
)


@pytest.fixture(scope="module")
def crew(client):
    """Users that differ in everything that can be asked for: name, role, teams, custom data."""
    tag = unique("crew")
    users = {
        name: UserRequest(
            id=f"{name.split()[0].lower()}-{tag}",
            name=name,
            role=role,
            teams=teams,
            custom={"tag": tag, **custom},
        )
        for name, role, teams, custom in [
            ("Roxy", "admin", ["red"], {"age": 9, "nick": "rox"}),
            ("Roxanne", "user", ["red", "blue"], {"age": 50, "tags": ["a", "b"]}),
            ("Curiosity Rover", "user", [], {"age": 100, "email": f"{tag}@example.com"}),
            ("Zoe", "moderator", ["green"], {"address": {"city": "Delft"}}),
        ]
    }
    # One after the other, so that each has a time of its own.
    for user in users.values():
        client.upsert_users(user)
    return {"tag": tag, **{name.split()[0]: user.id for name, user in users.items()}}


@pytest.fixture
def names(client, crew):
    """The names of those of the crew whom a filter finds, in the order of the answer."""

    def names(filter_conditions, sort=(), **more):
        payload = QueryUsersPayload(
            filter_conditions={"$and": [{"tag": crew["tag"]}, filter_conditions]},
            sort=[SortParamRequest(field=field, direction=way) for field, way in sort]
            or None,
            **more,
        )
        users = client.query_users(payload).data.users
        return [user.name.split()[0] for user in users]

    return names


NEWEST_FIRST = ["Zoe", "Curiosity", "Roxanne", "Roxy"]


def test_the_newest_come_first(names):
    assert names({}) == NEWEST_FIRST


@pytest.mark.parametrize(
    "condition, found",
    [
        ({"name": "Roxy"}, ["Roxy"]),
        ({"name": {"$eq": "Roxy"}}, ["Roxy"]),
        ({"name": {"$in": ["Roxy", "Zoe"]}}, ["Zoe", "Roxy"]),
        ({"name": {"$gt": "Roxanne"}}, ["Zoe", "Roxy"]),
        ({"name": {"$gte": "Roxanne"}}, ["Zoe", "Roxanne", "Roxy"]),
        ({"name": {"$lt": "Roxanne"}}, ["Curiosity"]),
        ({"name": {"$lte": "Roxanne"}}, ["Curiosity", "Roxanne"]),
        ({"name": {"$exists": True}}, NEWEST_FIRST),
        ({"name": {"$exists": False}}, []),
        ({"role": "admin"}, ["Roxy"]),
        ({"role": {"$in": ["admin", "moderator"]}}, ["Zoe", "Roxy"]),
        ({"teams": {"$contains": "red"}}, ["Roxanne", "Roxy"]),
        ({"teams": {"$in": ["blue", "green"]}}, ["Zoe", "Roxanne"]),
        ({"teams": None}, ["Curiosity"]),
        ({"teams": {"$eq": None}}, ["Curiosity"]),
        ({"teams": {}}, NEWEST_FIRST),
        ({"banned": False}, NEWEST_FIRST),
        ({"banned": {"$eq": True}}, []),
        ({"banned": {"$ne": True}}, NEWEST_FIRST),
        ({"shadow_banned": False}, NEWEST_FIRST),
        ({"last_active": {"$exists": False}}, NEWEST_FIRST),
        ({"language": ""}, NEWEST_FIRST),
        ({"nick": "rox"}, ["Roxy"]),
        ({"nick": {"$exists": True}}, ["Roxy"]),
        ({"nick": {"$exists": False}}, ["Zoe", "Curiosity", "Roxanne"]),
        ({"age": {"$gt": 9}}, ["Curiosity", "Roxanne"]),
        ({"age": {"$gte": 9, "$lt": 100}}, ["Roxanne", "Roxy"]),
        ({"age": {"$in": [9, 100]}}, ["Curiosity", "Roxy"]),
        ({"tags": {"$contains": "a"}}, ["Roxanne"]),
        ({"address.city": "Delft"}, ["Zoe"]),
        ({"$or": [{"name": "Zoe"}, {"role": "admin"}]}, ["Zoe", "Roxy"]),
        ({"$nor": [{"name": "Zoe"}, {"role": "admin"}]}, ["Curiosity", "Roxanne"]),
        ({"$and": [{"role": "user"}, {"age": {"$lt": 60}}]}, ["Roxanne"]),
        ({"role": "user", "name": "Roxanne"}, ["Roxanne"]),
        ({"$or": [{"$and": [{"age": 9}, {"role": "user"}]}, {"age": 50}]}, ["Roxanne"]),
    ],
    ids=json.dumps,
)
def test_what_a_filter_finds(names, condition, found):
    assert names(condition) == found


def test_emails_and_user_names_are_fields_of_their_own(names, crew):
    assert names({"email": f"{crew['tag']}@example.com"}) == ["Curiosity"]
    assert names({"email": {"$in": [f"{crew['tag']}@example.com"]}}) == ["Curiosity"]


@pytest.mark.parametrize(
    "text, found",
    [
        ("ro", ["Curiosity", "Roxanne", "Roxy"]),
        ("RO", ["Curiosity", "Roxanne", "Roxy"]),
        ("rove", ["Curiosity"]),
        ("rox", ["Roxanne", "Roxy"]),
        ("roxanne", ["Roxanne"]),
        ("oxy", []),
    ],
)
def test_autocomplete_finds_the_beginnings_of_words(names, text, found):
    assert names({"name": {"$autocomplete": text}}) == found


def test_autocomplete_finds_the_beginning_of_an_id(client, crew):
    payload = QueryUsersPayload(
        filter_conditions={"id": {"$autocomplete": crew["Zoe"][:-4]}}
    )
    assert [user.id for user in client.query_users(payload).data.users] == [crew["Zoe"]]


def test_autocomplete_finds_the_words_of_a_user_name(client):
    user_id = unique()
    stem = user_id.removeprefix("user-")
    client.upsert_users(
        UserRequest(id=user_id, custom={"username": f"{stem}_curiosity_rover"})
    )
    for text in [stem, stem.upper()]:
        payload = QueryUsersPayload(
            filter_conditions={"id": user_id, "username": {"$autocomplete": text}}
        )
        assert len(client.query_users(payload).data.users) == 1
    payload = QueryUsersPayload(
        filter_conditions={"id": user_id, "username": {"$autocomplete": "rove"}}
    )
    assert len(client.query_users(payload).data.users) == 1


def test_ids_can_be_asked_for_in_every_way(client):
    ids = uniques(5)
    client.upsert_users(*[UserRequest(id=id) for id in ids])

    def found(condition):
        both = {"$and": [{"id": {"$in": ids}}, {"id": condition}]}
        users = client.query_users(QueryUsersPayload(filter_conditions=both)).data.users
        return sorted(user.id for user in users)

    assert found(ids[1]) == ids[1:2]
    assert found({"$eq": ids[1]}) == ids[1:2]
    assert found({"$ne": ids[1]}) == ids[:1] + ids[2:]
    assert found({"$nin": ids[:2]}) == ids[2:]
    assert found({"$gt": ids[2]}) == ids[3:]
    assert found({"$gte": ids[2]}) == ids[2:]
    assert found({"$lt": ids[2]}) == ids[:2]
    assert found({"$lte": ids[2]}) == ids[:3]
    assert found({"$exists": True}) == ids


def test_times_are_compared(client, crew):
    def found(**conditions):
        payload = QueryUsersPayload(
            filter_conditions={"tag": crew["tag"], **conditions}
        )
        return {user.name for user in client.query_users(payload).data.users}

    [zoe] = client.query_users(
        QueryUsersPayload(filter_conditions={"id": crew["Zoe"]})
    ).data.users
    soon, earlier = (
        (zoe.created_at + timedelta(seconds=seconds)).isoformat()
        for seconds in (60, -3600)
    )
    everybody = {"Roxy", "Roxanne", "Curiosity Rover", "Zoe"}
    assert found(created_at={"$lt": soon}) == everybody
    assert found(created_at={"$gte": soon}) == set()
    assert found(updated_at={"$gt": earlier, "$lte": soon}) == everybody


@pytest.mark.parametrize(
    "sort, found",
    [
        ([("name", 1)], ["Curiosity", "Roxanne", "Roxy", "Zoe"]),
        ([("name", -1)], ["Zoe", "Roxy", "Roxanne", "Curiosity"]),
        ([("created_at", 1)], NEWEST_FIRST[::-1]),
        ([("role", 1), ("name", -1)], ["Roxy", "Zoe", "Roxanne", "Curiosity"]),
    ],
)
def test_users_are_sorted(names, sort, found):
    assert names({}, sort=sort) == found


def test_whole_numbers_in_custom_data_are_sorted_as_numbers(names):
    everybody_with_an_age = {"age": {"$exists": True}}
    assert names(everybody_with_an_age, sort=[("age", 1)]) == [
        "Roxy",
        "Roxanne",
        "Curiosity",
    ]


def test_a_sort_says_what_its_values_are(client, crew):
    payload = QueryUsersPayload(
        filter_conditions={"tag": crew["tag"], "age": {"$exists": True}},
        sort=[SortParamRequest(field="age", direction=-1, type="number")],
    )
    ages = [user.custom["age"] for user in client.query_users(payload).data.users]
    assert ages == [100, 50, 9]


def test_limit_and_offset(names):
    by_name = [("name", 1)]
    assert names({}, sort=by_name, limit=2) == ["Curiosity", "Roxanne"]
    assert names({}, sort=by_name, limit=2, offset=2) == ["Roxy", "Zoe"]
    assert names({}, sort=by_name, offset=3) == ["Zoe"]
    assert names({}, sort=by_name, offset=4) == []


def test_thirty_users_are_answered_where_no_limit_is_given(client):
    ids = uniques(31)
    client.upsert_users(*[UserRequest(id=id) for id in ids])
    conditions = {"id": {"$in": ids}}
    users = client.query_users(QueryUsersPayload(filter_conditions=conditions)).data.users
    assert len(users) == 30
    payload = QueryUsersPayload(filter_conditions=conditions, limit=100)
    assert len(client.query_users(payload).data.users) == 31


@pytest.mark.parametrize(
    "limits, text",
    [
        ({"limit": 101}, "limit must be 100 or less"),
        ({"limit": -1}, "limit must be 0 or greater"),
        ({"offset": 1001}, "offset must be 1000 or less"),
        ({"offset": -1}, "offset must be 0 or greater"),
    ],
    ids=str,
)
def test_limits_have_limits(client, refused, limits, text):
    with refused(400, 4, "QueryUsers", re.compile(text)):
        client.query_users(QueryUsersPayload(filter_conditions={}, **limits))


def test_more_than_five_sorts_are_refused(client, refused):
    sort = [SortParamRequest(field=f"f{number}", direction=1) for number in range(6)]
    with refused(400, 4, "QueryUsers"):
        client.query_users(QueryUsersPayload(filter_conditions={}, sort=sort))


def test_pages_by_id(client):
    ids = uniques(7)
    client.upsert_users(*[UserRequest(id=id) for id in ids])
    by_id = [SortParamRequest(field="id", direction=1)]
    seen, last = [], ids[0][:-1]
    while True:
        page = client.query_users(
            QueryUsersPayload(
                filter_conditions={"id": {"$in": ids}}, sort=by_id, limit=3, id_gt=last
            )
        ).data.users
        if not page:
            break
        seen += [user.id for user in page]
        last = page[-1].id
    assert seen == ids

    def found(**cursor):
        payload = QueryUsersPayload(
            filter_conditions={"id": {"$in": ids}}, sort=by_id, **cursor
        )
        return [user.id for user in client.query_users(payload).data.users]

    assert found(id_gte=ids[2]) == ids[2:]
    assert found(id_lt=ids[2]) == ids[:2]
    assert found(id_lte=ids[2]) == ids[:3]


def test_deactivated_users_are_shown_when_asked_for(client, users):
    client.deactivate_user(user_id=users[0])
    conditions = {"id": {"$in": users}}

    def found(**more):
        payload = QueryUsersPayload(filter_conditions=conditions, **more)
        return {user.id: user for user in client.query_users(payload).data.users}

    assert sorted(found()) == users[1:]
    assert sorted(found(include_deactivated_users=False)) == users[1:]
    shown = found(include_deactivated_users=True)
    assert sorted(shown) == users
    assert shown[users[0]].deactivated_at is not None
    assert shown[users[1]].deactivated_at is None


def test_deleted_users_are_never_shown(client, users):
    for user_id, mode in zip(users, ["soft", "pruning", "hard"]):
        client.delete_users(
            user_ids=[user_id], user=mode, messages="hard", conversations="hard"
        )
    payload = QueryUsersPayload(
        filter_conditions={"id": {"$in": users}}, include_deactivated_users=True
    )
    assert client.query_users(payload).data.users == []


def test_a_change_is_found_at_once(client, user):
    client.update_users_partial(
        users=[UpdateUserPartialRequest(id=user, set={"colour": "blue"})]
    )
    payload = QueryUsersPayload(filter_conditions={"id": user, "colour": "blue"})
    assert len(client.query_users(payload).data.users) == 1


def test_a_query_without_a_payload_is_refused(client, refused):
    with refused(400, 4, "QueryUsers", "invalid json data"):
        client.query_users()


@pytest.mark.parametrize("text", ["", "***"])
def test_autocomplete_needs_a_letter(client, refused, text):
    with refused(400, 4, "QueryUsers", EMPTY_AUTOCOMPLETE):
        client.query_users(
            QueryUsersPayload(filter_conditions={"name": {"$autocomplete": text}})
        )


@pytest.mark.parametrize(
    "condition, text",
    [
        ({"id": {"$in": "ada"}}, None),
        ({"name": {"$q": "ada"}}, None),
        ({"name": {"$exists": "yes"}}, r"\$exists operator only support boolean values"),
        ({"name": {"$ne": "ada"}}, None),
        ({"name": 5}, "`name`"),
        ({"role": {"$autocomplete": "ad"}}, None),
        ({"teams": ""}, None),
        ({"created_at": "yesterday"}, None),
        ({"banned": "yes"}, None),
        ({"$or": {"name": "ada"}}, None),
        ({"$xor": [{"name": "ada"}]}, None),
    ],
    ids=json.dumps,
)
def test_a_filter_that_makes_no_sense_is_refused(client, refused, condition, text):
    with refused(400, 4, "QueryUsers", text and re.compile(text)):
        client.query_users(QueryUsersPayload(filter_conditions=condition))
