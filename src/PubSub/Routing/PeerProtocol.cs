namespace P2P.PubSub.Routing;

/// <summary>What a peer speaks. Chosen from our own list: others advertise versions no specification knows (wire digest, trap 17).</summary>
internal enum PeerProtocol
{
    None = 0,
    Floodsub,
    Meshsub10,
    Meshsub11,
    Meshsub12,
}

/// <summary>Protocol ids, best first.</summary>
internal static class PeerProtocols
{
    public static IReadOnlyList<string> All { get; } = ["/meshsub/1.2.0", "/meshsub/1.1.0", "/meshsub/1.0.0", "/floodsub/1.0.0"];

    public static PeerProtocol Of(string id) => id switch
    {
        "/meshsub/1.2.0" => PeerProtocol.Meshsub12,
        "/meshsub/1.1.0" => PeerProtocol.Meshsub11,
        "/meshsub/1.0.0" => PeerProtocol.Meshsub10,
        "/floodsub/1.0.0" => PeerProtocol.Floodsub,
        _ => PeerProtocol.None,
    };

    /// <summary>The first of ours that the peer lists, or null.</summary>
    public static string? Best(IReadOnlyList<string> offered)
    {
        foreach (string id in All)
        {
            if (offered.Contains(id))
            {
                return id;
            }
        }

        return null;
    }
}
