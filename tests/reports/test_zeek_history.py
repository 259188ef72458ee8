import sys
from pathlib import Path

import pytest

from analyzer import scan
from analyzer.handshakes.handshake import CLIENT, SERVER, Alert, Event, Handshake, Seen
from analyzer.reports.zeek_history import LETTERS, LONGEST, history

sys.path.insert(0, str(Path(__file__).parent))

from sample_logs import ENDS, SAMPLES


def seen(sender, code, time=0, message=None):
    return Seen(sender=sender, code=code, length=1, packet=1, last_packet=1, time=time, message=message)


# What Zeek's own tests expect of captures of the same kind (its baselines of dhe, dtls1_2, irc-starttls, ldap-starttls, hrr, mysql ...).
LIKE_ZEEK = {
    "tls12-ecdhe-rsa.pcapng": "CsxknGIti",
    "dtls12-cookie.pcapng": "CvCsxknGIti",
    "tls12-client-certificate.pcapng": "CsxkrnXGYIti",
    "tls12-client-certificate-declined.pcapng": "CsxkrnXGIti",
    "tls10-rsa.pcapng": "CsxnGIti",
    "tls12-ocsp.pcapng": "CsxuknGIti",
    "fail-no-shared-cipher.pcapng": "Cl",
    "quic-v1.pcapng": "Cs",
}


@pytest.mark.parametrize(("name", "letters"), LIKE_ZEEK.items())
def test_samples_as_zeek_tells_their_like(name, letters):
    (made, *_) = scan(SAMPLES / name)
    assert history(made) == letters


def test_a_hello_retry_request_is_a_j():
    retry = object()
    made = Handshake(**ENDS, hello_retry=retry, seen=[
        seen(CLIENT, 1), seen(SERVER, 2, message=retry), seen(SERVER, -1), seen(CLIENT, -1), seen(CLIENT, 1), seen(SERVER, 2),
    ])  # fmt: skip
    assert history(made) == "CjiICs"  # as in Zeek's baseline of hrr.pcap


def test_alerts_and_heartbeats_stand_where_they_came_and_what_is_encrypted_has_no_letter():
    made = Handshake(
        **ENDS,
        seen=[seen(CLIENT, 1, 1), seen(SERVER, 2, 3), seen(SERVER, None, 5), seen(SERVER, 11, 7)],
        alerts=[Alert(SERVER, 1, 112, 1, 2), Alert(CLIENT, None, None, 1, 6), Alert(CLIENT, 2, 40, 1, 8)],
        events=[Event("heartbeat", CLIENT, 1, 4), Event("application_data", CLIENT, 1, 4)],
    )
    assert history(made) == "ClsBxL"


def test_unknown_types_are_z_and_of_sslv2_only_the_hellos_count():
    codes = [(CLIENT, 256 + 1), (SERVER, 256 + 4), (CLIENT, 256 + 2), (CLIENT, 99), (SERVER, 203)]
    assert history(Handshake(**ENDS, seen=[seen(*one) for one in codes])) == "CsZz"


def test_it_is_no_longer_than_zeeks():
    assert history(Handshake(**ENDS, seen=[seen(SERVER, 0)] * 1000)) == "h" * LONGEST


def test_each_letter_means_one_thing():
    assert len(set(LETTERS.values())) == len(LETTERS)
