namespace P2P.Transport.Discovery;

/// <summary>What concerns us in one packet. Filled by <see cref="MdnsReader"/>, reused by its owner.</summary>
internal sealed class MdnsMessage
{
    /// <summary>Transaction id; matters only for legacy unicast queries.</summary>
    public ushort Id { get; set; }

    /// <summary>Answer rather than query.</summary>
    public bool IsResponse { get; set; }

    /// <summary>It asks for peers, or for the records of our own name.</summary>
    public bool AsksForPeers { get; set; }

    /// <summary>It asks which services there are.</summary>
    public bool AsksForServices { get; set; }

    /// <summary>Peers it names.</summary>
    public List<MdnsCandidate> Candidates { get; } = [];

    /// <summary>Starts over.</summary>
    public void Clear()
    {
        (Id, IsResponse, AsksForPeers, AsksForServices) = (0, false, false, false);
        Candidates.Clear();
    }
}
