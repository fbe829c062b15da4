"""Graph JSON and its sugar (A10)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from ten_runtime._engine.fault import GraphError
from ten_runtime._engine.grammar import read_graph
from ten_runtime._engine.graph import GraphSpec
from ten_runtime._engine.place import JsonSource, Place

A, B, C = ({"type": "extension", "name": name, "addon": f"addon_{name}"} for name in "abc")


def to(*names: str, **more: object) -> list[dict[str, Any]]:
    return [{"extension": name, **more} for name in names]


def read(document: object, folder: Path | None = None) -> GraphSpec:
    text = json.dumps(document, indent=1)
    return read_graph(json.loads(text), Place(JsonSource("graph.json", text, folder)))


def edges(spec: GraphSpec) -> list[tuple[str, str, str, str]]:
    return [edge.key for edge in spec.edges.values()]


def graph(connections: list[object], *nodes: object) -> dict[str, object]:
    return {"nodes": list(nodes or (A, B, C)), "connections": connections}


def test_names_are_expanded() -> None:
    flows = [{"names": ["x", "y", "x"], "dest": to("b", "c")}]
    spec = read(graph([{"extension": "a", "cmd": flows}]))
    assert edges(spec) == [
        ("cmd", "x", "a", "b"),
        ("cmd", "x", "a", "c"),
        ("cmd", "y", "a", "b"),
        ("cmd", "y", "a", "c"),
    ]


def test_source_is_turned_round_and_comes_after_dest() -> None:
    spec = read(
        graph(
            [
                {"extension": "b", "data": [{"name": "x", "source": to("a")}]},
                {"extension": "a", "data": [{"name": "x", "dest": to("c")}]},
            ]
        )
    )
    assert edges(spec) == [("data", "x", "a", "c"), ("data", "x", "a", "b")]


def test_an_edge_declared_from_both_ends_is_one_edge() -> None:
    spec = read(
        graph(
            [
                {"extension": "a", "audio_frame": [{"name": "pcm_frame", "dest": to("b")}]},
                {
                    "extension": "b",
                    "audio_frame": [
                        {"name": "pcm_frame", "source": to("a")},
                        {"name": "pcm_frame", "dest": to("c")},
                        {"name": "pcm_frame", "source": to("c")},
                    ],
                },
            ]
        )
    )
    assert edges(spec) == [
        ("audio_frame", "pcm_frame", "a", "b"),
        ("audio_frame", "pcm_frame", "b", "c"),
        ("audio_frame", "pcm_frame", "c", "b"),
    ]


def test_unknown_members_are_ignored() -> None:
    node = {**A, "_ten": {}, "ui": {"x": 1}, "comment": "hello"}
    assert list(read({"nodes": [node], "_ten": {}}).nodes) == ["a"]


def test_a_selector_stands_for_what_it_matches() -> None:
    selector = {
        "type": "selector",
        "name": "most",
        "filter": {
            "or": [
                {"field": "name", "operator": "exact", "value": "b"},
                {
                    "and": [
                        {"field": "addon", "operator": "regex", "value": "^addon_[cx]$"},
                        {"field": "type", "operator": "exact", "value": "extension"},
                    ]
                },
            ]
        },
    }
    flows = [{"name": "x", "dest": [{"selector": "most"}]}]
    owned = [{"name": "y", "source": to("a")}]
    spec = read(
        graph(
            [{"extension": "a", "cmd": flows}, {"selector": "most", "data": owned}],
            A,
            B,
            C,
            selector,
        )
    )
    assert list(spec.nodes) == ["a", "b", "c"]
    assert edges(spec) == [
        ("cmd", "x", "a", "b"),
        ("cmd", "x", "a", "c"),
        ("data", "y", "a", "b"),
        ("data", "y", "a", "c"),
    ]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    inner = {
        "nodes": [A, {**B, "property": {"keep": 1, "key": "old"}}],
        "connections": [{"extension": "a", "cmd": [{"name": "inside", "dest": to("b")}]}],
        "exposed_messages": [
            {"type": "cmd_in", "name": "x", "extension": "b"},
            {"type": "data_out", "name": "y", "extension": "a"},
        ],
        "exposed_properties": [{"name": "key", "extension": "b"}],
    }
    outer = {
        "nodes": [{"type": "subgraph", "name": "in", "graph": {"import_uri": "inner.json"}}],
        "exposed_messages": [{"type": "cmd_in", "name": "x", "subgraph": "in"}],
        "exposed_properties": [{"name": "key", "subgraph": "in"}],
    }
    (tmp_path / "graphs").mkdir()
    (tmp_path / "graphs" / "inner.json").write_text(json.dumps(inner), encoding="utf-8")
    (tmp_path / "graphs" / "outer.json").write_text(json.dumps(outer), encoding="utf-8")
    return tmp_path


def subgraph(file: str, **properties: object) -> dict[str, object]:
    return {
        "type": "subgraph",
        "name": "sub",
        "graph": {"import_uri": f"graphs/{file}"},
        "property": properties,
    }


def test_a_subgraph_is_put_in_place_of_its_node(folder: Path) -> None:
    spec = read(
        graph(
            [
                {
                    "extension": "c",
                    "cmd": [{"name": "x", "dest": [{"subgraph": "sub"}]}],
                    "data": [{"name": "y", "source": [{"subgraph": "sub"}]}],
                    "video_frame": [{"name": "v", "dest": [{"extension": "sub:a"}]}],
                }
            ],
            C,
            subgraph("inner.json", key="new"),
        ),
        folder,
    )
    assert list(spec.nodes) == ["c", "sub_a", "sub_b"]
    assert spec.nodes["sub_b"].properties == {"keep": 1, "key": "new"}
    assert set(edges(spec)) == {
        ("cmd", "inside", "sub_a", "sub_b"),
        ("cmd", "x", "c", "sub_b"),
        ("data", "y", "sub_a", "c"),
        ("video_frame", "v", "c", "sub_a"),
    }


def test_subgraphs_nest(folder: Path) -> None:
    spec = read(
        graph(
            [{"extension": "c", "cmd": [{"name": "x", "dest": [{"subgraph": "sub"}]}]}],
            C,
            subgraph("outer.json", key="new"),
        ),
        folder,
    )
    assert list(spec.nodes) == ["c", "sub_in_a", "sub_in_b"]
    assert spec.nodes["sub_in_b"].properties["key"] == "new"
    assert ("cmd", "x", "c", "sub_in_b") in edges(spec)


def test_a_whole_graph_can_be_imported(folder: Path) -> None:
    assert list(read({"import_uri": "graphs/inner.json"}, folder).nodes) == ["a", "b"]


def test_a_graph_that_imports_itself_is_found_out(tmp_path: Path) -> None:
    (tmp_path / "me.json").write_text('{"import_uri": "me.json"}', encoding="utf-8")
    with pytest.raises(GraphError, match="import itself"):
        read({"import_uri": "me.json"}, tmp_path)


NOBODY = "no extension named 'z'"

MISTAKES: list[tuple[dict[str, object], str]] = [
    ({"nodes": [A, A]}, r"graph.json:\d+ \(nodes\[1\]\): there are two nodes named 'a'"),
    ({"nodes": [{"name": "a"}]}, r"\(nodes\[0\]\): node 'a' must name its addon"),
    ({"nodes": [{**A, "type": "robot"}]}, "node type 'robot'"),
    ({"nodes": ["a"]}, "must be an object"),
    ({"nodes": 5}, "must be an array"),
    ({"nodes": [{**A, "property": []}]}, r"property\): must be an object"),
    ({"nodes": [{**A, "app": "localhost"}]}, "'localhost' is no app"),
    ({"nodes": [{**A, "app": "x"}, B]}, "node 'b' has no app"),
    (graph([{"cmd": []}]), "exactly one of extension, subgraph, selector"),
    (graph([{"extension": "a"}, {"extension": "a"}]), "two entries in connections"),
    (graph([{"extension": "z", "cmd": [{"name": "x", "dest": to("a")}]}]), NOBODY),
    (graph([{"extension": "a", "cmd": [{"name": "x", "dest": to("z")}]}]), NOBODY),
    (graph([{"extension": "a", "cmd": [{"name": "x"}]}]), "neither dest nor source"),
    (graph([{"extension": "a", "cmd": [{"dest": to("b")}]}]), "either 'name' or 'names'"),
    (
        graph([{"extension": "a", "cmd": [{"name": "x", "dest": to("b")}] * 2}]),
        "has two entries with dest",
    ),
    (
        graph(
            [
                {
                    "extension": "a",
                    "cmd": [{"name": "x", "dest": to("b", msg_conversion={"type": "magic"})}],
                }
            ]
        ),
        "msg_conversion type 'magic'",
    ),
    (
        graph(
            [
                {
                    "extension": "a",
                    "cmd": [
                        {
                            "name": "x",
                            "dest": to("b", msg_conversion={"rules": []})
                            + to("b", msg_conversion={"rules": [], "keep_original": True}),
                        }
                    ],
                }
            ]
        ),
        "two different msg_conversions",
    ),
    ({"nodes": [{"type": "subgraph", "name": "s", "graph": {"import_uri": "x.json"}}]}, "relative"),
    ({"import_uri": "https://example.org/x.json"}, "is not a file"),
    (
        graph([{"selector": "s", "cmd": [{"name": "x", "dest": to("a")}]}], A, {
            "type": "selector", "name": "s",
            "filter": {"field": "name", "operator": "regex", "value": "("},
        }),
        "no regular expression",
    ),
    (
        graph([{"selector": "s", "cmd": [{"name": "x", "dest": to("a")}]}], A, {
            "type": "selector", "name": "s",
            "filter": {"field": "name", "operator": "exact", "value": "nobody"},
        }),
        "matches no node",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("document", "problem"), MISTAKES)
def test_a_mistake_is_named_with_its_line(document: dict[str, object], problem: str) -> None:
    with pytest.raises(GraphError, match=problem) as caught:
        read(document)
    assert str(caught.value).startswith("graph.json:")


def test_a_subgraph_must_expose_what_is_used(folder: Path) -> None:
    flows = [{"name": "other", "dest": [{"subgraph": "sub"}]}]
    with pytest.raises(GraphError, match="subgraph 'sub' exposes no cmd_in 'other'"):
        read(graph([{"extension": "c", "cmd": flows}], C, subgraph("inner.json")), folder)
    with pytest.raises(GraphError, match="subgraph 'sub' exposes no property 'nope'"):
        read(graph([], C, subgraph("inner.json", nope=1)), folder)
