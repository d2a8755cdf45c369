using System.ComponentModel.DataAnnotations;

namespace P2P.PubSub;

/// <summary>How one topic works.</summary>
public sealed record TopicOptions
{
    /// <summary>Content that proves itself: unsigned, id = SHA2-256(data).</summary>
    public static TopicOptions ContentAddressed { get; } =
        new() { Signing = SigningPolicy.StrictNoSign, MessageId = MessageIds.Sha256OfData };

    /// <summary>Signed by its author, id = author ‖ sequence number (go's default): what is said twice is two messages.</summary>
    public static TopicOptions Signed { get; } =
        new() { Signing = SigningPolicy.StrictSign, MessageId = MessageIds.AuthorAndSequence };

    /// <summary>Whether authors sign. To be named; there is no default.</summary>
    public required SigningPolicy Signing { get; init; }

    /// <summary>
    /// Id of a message. To be named, because every node of the topic must use the same and the defaults of go, js and rust differ.
    /// With <see cref="MessageIds.Sha256OfData"/> equal data within <see cref="PubSubOptions.SeenTtl"/> is one message, also by two authors.
    /// </summary>
    public required MessageIdFunction MessageId { get; init; }

    /// <summary>Judges messages of others; null accepts all that pass the signing policy. Default null.</summary>
    public GossipValidator? Validator { get; init; }

    /// <summary>What publishing does without subscribers. Default <see cref="AloneRule.Report"/>.</summary>
    public AloneRule WhenAlone { get; init; } = AloneRule.Report;

    /// <summary>Messages waiting for the reader. When full the oldest is dropped and counted. Default 1,024.</summary>
    [Range(1, 65_536)]
    public int QueueCapacity { get; init; } = 1_024;
}
