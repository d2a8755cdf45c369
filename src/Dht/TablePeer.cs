using P2P.Core.Identity;

namespace P2P.Dht;

/// <summary>One entry of the routing table.</summary>
/// <param name="Peer">Who.</param>
/// <param name="Bucket">Leading bits its key shares with ours, 0 to 255.</param>
/// <param name="LastUseful">How long ago it last answered or connected.</param>
/// <param name="Failures">Requests it failed since.</param>
public sealed record TablePeer(PeerId Peer, int Bucket, TimeSpan LastUseful, int Failures);
