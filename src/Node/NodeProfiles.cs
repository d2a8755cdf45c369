using P2P.Node.Peers;
using P2P.Transport.Limits;

namespace P2P.Node;

/// <summary>The profiles, for people.</summary>
public static class NodeProfiles
{
    /// <summary>What a profile sets, and the limits that hold in all of them.</summary>
    /// <param name="profile">Which.</param>
    /// <param name="network">The network's name.</param>
    /// <returns>Names and values, in the order in which they are shown.</returns>
    public static IReadOnlyList<(string Name, string Value)> Describe(NodeProfile profile, string network)
    {
        ConnectionLimits limits = new();
        PenaltyOptions penalties = new();
        string dht = ProfileRules.DhtProtocol(profile, network);
        return
        [
            ("dht", profile switch
            {
                NodeProfile.Swarm => $"{dht}, server with a public address, else client",
                NodeProfile.Isolated => $"{dht}, client",
                _ => $"{dht}, server",
            }),
            ("dials", profile == NodeProfile.Isolated ? "addresses named by hand only" : "named, found and told addresses"),
            ("advertise", profile switch
            {
                NodeProfile.Swarm => "public addresses only",
                NodeProfile.Isolated => "no address",
                _ => "private and public addresses",
            }),
            ("limits", $"{limits.TotalMax} connections, {limits.InboundMax} in, {limits.OutboundMax} out, {limits.PerPeerMax} a peer, {limits.PendingMax} handshakes, {limits.NewPerSecondMax} new a second"),
            ("scoring", $"banned for {penalties.BanTime.TotalMinutes:0} min at {penalties.PointsMax} points in {penalties.Window.TotalMinutes:0} min"),
        ];
    }
}
