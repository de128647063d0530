#!/usr/bin/env bash
# Records a WebRTC call in Chromium: two RTCPeerConnections of one page, which reach each other over the loopback
# interface by ICE, DTLS-SRTP, and SRTP with a data channel. Writes tests/captures/webrtc.pcap.
. "$(dirname "$0")/lab.sh"
open_lab
# Without a default route a page that may use no microphone has no address to offer.
$client ip route add default dev tap
cd "$work"
cat > call.html <<'H'
<!doctype html><meta charset=utf-8><script>
const wait = (ms) => new Promise((done) => setTimeout(done, ms));
async function call() {
  const a = new RTCPeerConnection(), b = new RTCPeerConnection();
  a.onicecandidate = (e) => e.candidate && b.addIceCandidate(e.candidate);
  b.onicecandidate = (e) => e.candidate && a.addIceCandidate(e.candidate);
  const audio = new AudioContext(), tone = audio.createOscillator(), out = audio.createMediaStreamDestination();
  tone.connect(out);
  tone.start();
  a.addTrack(out.stream.getAudioTracks()[0], out.stream);
  const channel = a.createDataChannel('words');
  channel.onopen = () => channel.send('hello');
  await a.setLocalDescription(await a.createOffer());
  await b.setRemoteDescription(a.localDescription);
  await b.setLocalDescription(await b.createAnswer());
  await a.setRemoteDescription(b.localDescription);
  await wait(1500);
  const states = [];
  (await a.getStats()).forEach((s) => s.type === 'transport' && states.push(s.dtlsState, s.tlsVersion, s.srtpCipher));
  console.log(states.join(' '));
  a.close();
  b.close();
}
call().catch((e) => console.log(String(e)));
</script>
H
# call OPTIONS...: for a few seconds.
call() {
  HOME=$work timeout -k 2 8 $client chromium --headless --no-sandbox --disable-gpu --disable-dev-shm-usage \
    --user-data-dir="$work/profile" --no-first-run --disable-background-networking --disable-component-update \
    --disable-sync --disable-extensions --autoplay-policy=no-user-gesture-required --remote-debugging-port=0 \
    --host-resolver-rules='MAP * ~NOTFOUND' --enable-logging=stderr "$@" "file://$work/call.html" \
    > call.log 2>&1 || true
  grep -o 'CONSOLE.*' call.log | sed 's/^/  /' || true
}
interface=lo record webrtc udp call --disable-features=WebRtcHideLocalIpsWithMdns
keep webrtc 60
