namespace P2P.Transport.Discovery;

/// <summary>What multicast discovery has seen so far; <c>p2p doctor</c> explains itself with it.</summary>
public sealed record MdnsStatistics
{
    /// <summary>Queries sent, all links.</summary>
    public long QueriesSent { get; init; }

    /// <summary>Answer packets sent, all links.</summary>
    public long AnswersSent { get; init; }

    /// <summary>Packets received that are well-formed.</summary>
    public long PacketsReceived { get; init; }

    /// <summary>Answers that name ourselves: multicast works at least to ourselves.</summary>
    public long OwnAnswersHeard { get; init; }

    /// <summary>Answers that name other peers.</summary>
    public long ForeignAnswersHeard { get; init; }

    /// <summary>Refusals by reason.</summary>
    public IReadOnlyDictionary<MdnsRefusal, long> Refusals { get; init; } = new Dictionary<MdnsRefusal, long>();
}
