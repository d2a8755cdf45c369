using System.ComponentModel.DataAnnotations;

namespace P2P.PubSub;

/// <summary>How one topic works.</summary>
public sealed record TopicOptions
{
    /// <summary>Content that proves itself: unsigned, id = SHA2-256(data).</summary>
    public static TopicOptions ContentAddressed { get; } = new() { Signing = SigningPolicy.StrictNoSign };

    /// <summary>Whether authors sign. Default <see cref="SigningPolicy.StrictSign"/>.</summary>
    public SigningPolicy Signing { get; init; } = SigningPolicy.StrictSign;

    /// <summary>
    /// Id of a message; every node of the topic must use the same. Default <see cref="MessageIds.Sha256OfData"/>: equal data within
    /// <see cref="PubSubOptions.SeenTtl"/> is then one message, also by two authors.
    /// </summary>
    public MessageIdFunction MessageId { get; init; } = MessageIds.Sha256OfData;

    /// <summary>Judges messages of others; null accepts all that pass the signing policy. Default null.</summary>
    public GossipValidator? Validator { get; init; }

    /// <summary>What publishing does without subscribers. Default <see cref="AloneRule.Report"/>.</summary>
    public AloneRule WhenAlone { get; init; } = AloneRule.Report;

    /// <summary>Messages waiting for the reader. When full the oldest is dropped and counted. Default 1,024.</summary>
    [Range(1, 65_536)]
    public int QueueCapacity { get; init; } = 1_024;
}
