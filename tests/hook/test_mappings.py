"""Mapping files: what they read, which faults stop the start, and what is made of posts that nobody described."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.hook import Hook, HookSettings, load, payload, shipped
from connectors.hook.recorded import Other, configured
from intake_daemon.contract import Draft
from intake_daemon.errors import BadSettings, Permanent
from intake_daemon.settings import load_settings

GOOD = Path(__file__).parents[1] / "config" / "good"


@pytest.mark.parametrize("name", shipped())
def test_what_we_ship_holds(name: str) -> None:
    """Every shipped mapping loads, which tries it on its own examples; each has some."""
    assert load(name).table.examples


def drafts(body: object, mapping: str = "") -> list[Draft]:
    """What `intake parse --kind hook` makes of it."""
    said = configured(mapping, "welzo", None) if mapping else None
    return [each for each in payload(json.dumps(body).encode(), said) if isinstance(each, Draft)]


def shown(draft: Draft) -> dict[str, Any]:
    """Its main fields."""
    addresses = {each.kind: each.value for each in draft.sender.addresses}
    return {
        "text": draft.text,
        "name": draft.sender.name,
        "subject": draft.subject,
        "id": draft.external_id,
        **addresses,
    }


POSTS: dict[str, tuple[object, dict[str, Any]]] = {
    "ticket system": (
        {
            "ticket": {
                "id": 35436,
                "subject": "My printer is on fire!",
                "description": "The smoke is very colorful.",
                "requester": {"name": "Johnny", "email": "johnny@customer.example"},
                "assignee": {"name": "Sam", "email": "sam@shop.example"},
            }
        },
        {
            "text": "The smoke is very colorful.",
            "name": "Johnny",
            "subject": "My printer is on fire!",
            "id": "35436",
            "email": "johnny@customer.example",
        },
    ),
    "conversation": (
        {
            "topic": "conversation.user.created",
            "data": {
                "item": {
                    "id": "12",
                    "source": {
                        "body": "<p>I want my money back</p>",
                        "author": {"type": "user", "id": "5", "name": "Ann", "email": "ann@customer.example"},
                    },
                }
            },
        },
        {"text": "I want my money back", "name": "Ann", "email": "ann@customer.example"},
    ),
    "form plugin": (
        {
            "form": {"id": "abc", "name": "Contact"},
            "fields": {
                "name": {"id": "name", "type": "text", "title": "Nome", "value": "Ana Silva", "required": "1"},
                "mail": {"id": "mail", "type": "email", "title": "E-mail", "value": "ana@cliente.example"},
                "text": {"id": "text", "type": "textarea", "title": "Mensagem", "value": "A encomenda não chegou."},
            },
        },
        {"text": "A encomenda não chegou.", "name": "Ana Silva", "email": "ana@cliente.example"},
    ),
    "form of a site builder": (
        {
            "triggerType": "form_submission",
            "payload": {
                "name": "Contact form",
                "data": {
                    "Ad, soyad": "Leyla Əliyeva",
                    "E-poçt": "leyla@musteri.example",
                    "Şikayət": "Çatdırılma gecikir.",
                },
                "submissionId": "6321ca",
            },
        },
        {"text": "Çatdırılma gecikir.", "name": "Leyla Əliyeva", "email": "leyla@musteri.example", "id": "6321ca"},
    ),
    "camel case": (
        {
            "complaintId": "C-1",
            "complainant": {"firstName": "Ann", "lastName": "Lee", "emailAddress": "Ann <ann@Customer.example>"},
            "complaintText": "It broke.",
        },
        {"text": "It broke.", "name": "Ann Lee", "id": "C-1"},
    ),
    "no known name at all": (
        {"feld7": "Wombat", "feld8": "They promised to call me back and never did."},
        {"text": "They promised to call me back and never did.", "name": None},
    ),
    "answers without a sentence": (
        {"fields": [{"label": "Shop", "value": "Riga"}, {"label": "Stars", "value": 1}]},
        {"text": "Shop: Riga\nStars: 1"},
    ),
}


@pytest.mark.parametrize("name", POSTS)
def test_posts_that_nobody_described(name: str) -> None:
    """Ordinary names, nested or not, in our languages: the words, who says them, how they are reached."""
    body, wanted = POSTS[name]
    (draft,) = drafts(body)
    got = shown(draft)
    assert {field: got.get(field) for field in wanted} == wanted
    assert draft.remarks[0] == "mapped_by_plain"


def test_several_in_one_post() -> None:
    """A list is several items, each with an identity of its own that does not depend on the order."""
    one, two = {"message": "First."}, {"message": "Second."}
    first = [draft.identity for draft in drafts([one, two])]
    assert len(set(first)) == 2
    assert sorted(first) == sorted(draft.identity for draft in drafts([two, one]))


def test_bodies_that_are_no_json() -> None:
    """A form, a multipart form with JSON inside, a list of objects line by line, a byte order mark."""
    form = b"your-name=Ann+Lee&your-email=ann%40customer.example&your-message=It+is+broken%21%0AReally."
    (draft,) = payload(form, None)
    assert isinstance(draft, Draft)
    assert shown(draft) | {"id": ""} == {
        "text": "It is broken!\nReally.",
        "name": "Ann Lee",
        "subject": "",
        "id": "",
        "email": "ann@customer.example",
    }
    raw = json.dumps({"q3_name": {"first": "Ann", "last": "Lee"}, "q7_yourComplaint": "Nobody came."})
    parts = {"formID": "26", "submissionID": "61", "rawRequest": raw}
    body = "".join(f'--x\r\nContent-Disposition: form-data; name="{k}"\r\n\r\n{v}\r\n' for k, v in parts.items())
    (draft,) = payload(f"{body}--x--\r\n".encode(), None)
    assert isinstance(draft, Draft)
    assert (draft.text, draft.sender.name, draft.external_id) == ("Nobody came.", "Ann Lee", "61")
    assert draft.remarks == ("mapped_by_jotform",)
    assert len(list(payload(b'{"message": "a"}\n{"message": "b"}\n', None))) == 2
    assert len(list(payload('{"message": "ą"}'.encode("utf-16"), None))) == 1
    assert len(list(payload(b'\xef\xbb\xbf{"message": "a"}', None))) == 1


def test_what_is_none() -> None:
    """Nothing for what is no post; a word for a post without a complaint."""
    for content, why in ((b"\x89PNG", "neither JSON nor a form"), (b'{"message": ', "line 1 column")):
        with pytest.raises(Permanent, match=why):
            list(payload(content, None))
    assert [type(each) for each in payload(b"{}", None)] == [Other]
    assert [type(each) for each in payload(b'{"event": "ping"}', None)] == [Other]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=15,
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(body=JSON, name=st.sampled_from(shipped()))
def test_any_json_can_be_read(body: object, name: str) -> None:
    """Whatever stands where a mapping looks, nothing fails, and the result can be written as JSON again."""
    said = configured(name, "welzo", None)
    for each in payload(json.dumps([body, {"posted": body}]).encode(), said):
        if isinstance(each, Draft):
            json.dumps(dict(each.fields), allow_nan=False)


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("message: {text: body.message, txet: body.x}", "mapping.yaml:1: unknown key 'txet'. Did you mean 'text'?"),
        (
            "message: {text: bdy.message}",
            "mapping.yaml:1: this expression is wrong at 1:4: undeclared reference to 'bdy",
        ),
        ("message: {text: 'body.message +'}", "mapping.yaml:1: this expression is wrong at 1:15"),
        ("message: {name: guess.nmae}", "Did you mean 'guess.name'?"),
        ("message: {email: 'size(answers) > 0'}", "'email' wants text or a list; this expression gives yes or no."),
        ("when: 'body.event'\neach: '\"one\"'", "mapping.yaml:2: 'each' wants a list; this expression gives text."),
        ("like: typfeorm", "there is no mapping 'typfeorm'. Did you mean 'typeform'?"),
        ("channel: pigeon", "'channel' should be 'email'"),
        (
            "message: {text: body.a}\nexamples:\n- post: {a: Broken, b: 2}\n  gives:\n    text: Whole",
            "mapping.yaml:5: this example gives 'Broken' for 'text', not 'Whole'.",
        ),
        (
            "message: {text: body.a}\nexamples:\n- post: {a: Broken, b: 2}\n  gives: {fields: {b: 3}}",
            "mapping.yaml:4: this example gives 2 for 'b', not 3.",
        ),
        (
            "message: {text: body.a}\nexamples:\n- {post: {a: x}, gives: nothing}",
            "this example gives 1 complaints, not nothing.",
        ),
        ("message: {text: body.a}\nexamples:\n- {post: {a: x}, gives: {txt: x}}", "'txt' is no field of a message."),
        ("- a list", "a mapping holds keys with values."),
    ],
)
def test_a_fault_stops_the_start(tmp_path: Path, written: str, told: str) -> None:
    """Each is told with its file and line, and what stood there instead."""
    (tmp_path / "mapping.yaml").write_text(written, encoding="utf-8")
    with pytest.raises(BadSettings) as refused:
        load("mapping.yaml", tmp_path)
    assert told in str(refused.value)


def test_a_mapping_upon_another(tmp_path: Path) -> None:
    """`like:` takes over what is not said: here the answers' place and the signature of Typeform, with another text."""
    (tmp_path / "ours.yaml").write_text(
        "like: typeform\nmessage:\n  text: ['by[\"Order\"]', 'by[\"What?\"]']\n  channel: {constant: store}\n",
        encoding="utf-8",
    )
    mapping = load("ours.yaml", tmp_path)
    assert (mapping.table.signed, mapping.table.channel, mapping.table.examples) == ("typeform", "web_form", ())
    fields = [{"id": "1", "title": "Order"}, {"id": "2", "title": "What?"}]
    answers = [
        {"type": "text", "text": "4711", "field": {"id": "1", "type": "short_text"}},
        {"type": "text", "text": "Broken.", "field": {"id": "2", "type": "short_text"}},
    ]
    response = {"token": "t", "definition": {"fields": fields}, "answers": answers}
    (draft,) = payload(json.dumps({"form_response": response}).encode(), configured("ours.yaml", "welzo", tmp_path))
    assert isinstance(draft, Draft)
    assert (draft.text, draft.channel, draft.external_id) == ("4711\n\nBroken.", "store", "t")


def test_a_faulty_mapping_is_a_fault_of_the_configuration(tmp_path: Path) -> None:
    """`intake check` tells it with the mapping's own file and line, beside the faults of intake.yaml."""
    good = (GOOD / "intake.yaml").read_text(encoding="utf-8")
    hook = 'connectors:\n  shop: {kind: hook, brand: shop, mapping: hooks/shop.yaml, secret: "${HOOK_SECRET}"}\n'
    (tmp_path / "intake.yaml").write_text(good.replace("connectors:\n", hook), encoding="utf-8")
    (tmp_path / "hooks").mkdir()
    (tmp_path / "hooks" / "shop.yaml").write_text("about: x\nmessage:\n  text: bdy\n", encoding="utf-8")
    env = {"INTAKE_KEY": "k" * 40, "DB_PASSWORD": "p", "SMTP_PASSWORD": "p", "HOOK_SECRET": "s"}
    kinds = {"hook": Hook.Settings}
    with pytest.raises(BadSettings) as refused:
        load_settings(tmp_path, lambda kind: kinds[kind], ["hook"], env=env)
    assert f"{tmp_path}/hooks/shop.yaml:3: this expression is wrong" in str(refused.value)
    assert "there is no connector of kind 'smtp'" in str(refused.value)


def test_a_post_that_cannot_be_taken_apart(tmp_path: Path) -> None:
    """Is held whole: who sent it must not hear that nothing in it was a complaint."""
    (tmp_path / "shop.yaml").write_text("each: body.rows + [1 / body.zero]\nmessage: {text: guess.text}\n")
    said = configured("shop.yaml", "welzo", tmp_path)
    found = [*payload(b'{"zero": 0, "rows": [{"message": "It broke."}]}', said)]
    assert [each.text for each in found if isinstance(each, Draft)] == ["It broke."]


def _two(folder: Path, first: str, second: str) -> str:
    """What the configuration with two hooks is told; nothing of other kinds."""
    good = (GOOD / "intake.yaml").read_text(encoding="utf-8")
    hook = '  {}: {{kind: hook, brand: shop, mapping: plain, secret: "${{HOOK_SECRET}}"{}}}\n'
    two = hook.format("tickets", first) + hook.format("app", second)
    (folder / "intake.yaml").write_text(good.replace("connectors:\n", f"connectors:\n{two}"), encoding="utf-8")
    env = {"INTAKE_KEY": "k" * 40, "DB_PASSWORD": "p", "SMTP_PASSWORD": "p", "HOOK_SECRET": "s"}
    with pytest.raises(BadSettings) as refused:
        load_settings(folder, lambda kind: {"hook": Hook.Settings}[kind], ["hook"], env=env)
    return "\n".join(line for line in str(refused.value).splitlines() if "there is no connector" not in line)


def test_two_systems_have_two_names(tmp_path: Path) -> None:
    """Two hooks of one brand and mapping would take each other's items for the same ones: the start is refused, with
    what to write; with a name for one of them it is not."""
    told = _two(tmp_path, "", "")
    assert f"{tmp_path}/intake.yaml:7: items of 'plain' for shop come by connector 'tickets' already." in told
    assert "source: …" in told
    assert not _two(tmp_path, "", ", source: app")


def test_two_systems_that_name_the_brand_have_two_names(tmp_path: Path) -> None:
    """Where the items say whose they are, also two hooks of two brands may bring items of one."""
    mapping = tmp_path / "shops.yaml"
    mapping.write_text("about: t\nmessage: {id: item.number, text: item.text, brand: item.brand}\n", encoding="utf-8")
    said = {"kind": "hook", "mapping": str(mapping), "secret": "a long enough secret"}
    first, second = (HookSettings.model_validate({**said, "brand": brand}) for brand in ("welzo", "kontakt"))
    assert first.claims().keys() & second.claims().keys()
    named = HookSettings.model_validate({**said, "brand": "kontakt", "source": "app"})
    assert not first.claims().keys() & named.claims().keys()


def test_a_connector_may_be_renamed() -> None:
    """The identity of an item holds the brand's name and the system's, and nothing of the connector's."""
    said = {"kind": "hook", "brand": "welzo", "mapping": "plain", "secret": "secret", "source": ""}
    assert HookSettings.model_validate(said).system == "plain"
    assert HookSettings.model_validate({**said, "source": "tickets"}).system == "tickets"
