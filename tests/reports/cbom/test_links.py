"""What depends on what: only used things are reached from servers."""

from analyzer.reports.cbom.links import OFFERED, ROOT, dependencies, made_of, service_ref, versions


def graph(bom):
    return {one["ref"]: one.get("dependsOn", []) for one in bom["dependencies"]}


def reached(links, *starts):
    seen, todo = set(), [*starts]
    while todo:
        ref = todo.pop()
        if ref not in seen:
            seen.add(ref)
            todo += links[ref]
    return seen


def roles(bom):
    return {one["bom-ref"]: {pair["value"] for pair in one["properties"] if pair["name"] == "tlsscan:role"} for one in bom["components"]}


def test_what_servers_reach_is_in_use(bom):
    told = bom("tour.pcapng")
    links, of = graph(told), roles(told)
    found = {ref for ref in reached(links, *(ref for ref in links if ref.startswith("service/"))) if not ref.startswith("service/")}
    assert all("offered" not in of[ref] or "certified-by" in of[ref] for ref in found)
    used = {ref for ref, names in of.items() if "used" in names and ref.startswith("crypto/algorithm/")}
    assert used <= found


def test_all_is_reached_from_the_capture(bom):
    told = bom("tour.pcapng")
    every = {one["bom-ref"] for one in told["components"] + told["services"]}
    left = every - reached(graph(told), ROOT)
    assert all(ref.startswith(("crypto/certificate/", "crypto/key/", "crypto/algorithm/")) for ref in left)
    assert {ref for ref in left if roles(told)[ref] == {"used"} and ref.startswith("crypto/algorithm/")} == set()


def test_hybrids_depend_on_both_halves(bom):
    links = graph(bom("tls13-mlkem.pcapng"))
    assert links["crypto/algorithm/x25519mlkem768"] == [
        "crypto/algorithm/ml-kem-768@2.16.840.1.101.3.4.4.2", "crypto/algorithm/x25519@1.3.101.110",
    ]  # fmt: skip


def test_used_and_offered_versions(gather, make):
    assets = gather(make(suites=(0xC02F, 0xC030)))
    used, offered = versions(assets.protocols[0x0303], assets)
    assert (used.ref, dict(used.suites)) == ("crypto/protocol/tls-1.2", {0xC02F: 1})
    assert (offered.ref, dict(offered.suites)) == ("crypto/protocol/tls-1.2" + OFFERED, {0xC030: 1})
    [only] = versions(gather(make()).protocols[0x0303], gather(make()))
    assert only.ref == "crypto/protocol/tls-1.2", "nothing more was offered"
    assets = gather(make(chosen=None))
    [only] = versions(assets.protocols[0x0303], assets)
    assert only.ref.endswith(OFFERED)


def test_nothing_depends_on_what_is_not_there(gather, make):
    told = list(dependencies(gather(make()), {"crypto/protocol/tls-1.2"}))
    assert all(set(one.get("dependsOn", ())) <= {"crypto/protocol/tls-1.2"} for one in told)
    assert [one["ref"] for one in told] == sorted(one["ref"] for one in told)


def test_refs_of_servers(gather, make):
    [server] = gather(make()).servers.values()
    assert service_ref(server) == "service/tcp/198.51.100.7:443"
    server.name = "a b/\u00e9"
    assert service_ref(server) == "service/tcp/198.51.100.7:443/a%20b%2F%C3%A9"


def test_what_a_suite_is_made_of():
    assert list(made_of(0x1301, 0x0304)) == [
        "crypto/algorithm/aes-128-gcm@2.16.840.1.101.3.4.1.6", "crypto/algorithm/hkdf-sha256@1.2.840.113549.1.9.16.3.28",
    ]  # fmt: skip
