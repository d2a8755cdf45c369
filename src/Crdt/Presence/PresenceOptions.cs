using System.ComponentModel.DataAnnotations;

namespace P2P.Crdt.Presence;

/// <summary>Who is here: pace, life and limits. The life and the pace are the protocol's; equal on all nodes.</summary>
/// <remarks>Spec: replica, section 11; limits, section 2.</remarks>
public sealed record PresenceOptions
{
    /// <summary>How long a message speaks for its author. Default 15 s.</summary>
    public TimeSpan Life { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>An author who did not move says so again after this time, so that two messages may be lost. Default 5 s.</summary>
    public TimeSpan Refresh { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Time between two messages of one author, at least. Default 200 ms: 5 a second.</summary>
    public TimeSpan Pace { get; init; } = TimeSpan.FromMilliseconds(200);

    /// <summary>Messages of one author that may come at once, for the network bunches them. More is not passed on. Default 5.</summary>
    [Range(1, 64)]
    public int Burst { get; init; } = 5;

    /// <summary>Others shown in one document. When full the neighbour that brought most of them gives up its oldest for a newcomer. Default 256.</summary>
    [Range(1, 4_096)]
    public int PeersMax { get; init; } = 256;

    /// <summary>Others that one neighbour may bring, itself included; more are not shown. Default 128.</summary>
    [Range(1, 4_096)]
    public int PeersPerSourceMax { get; init; } = 128;

    /// <summary>Messages a second that one neighbour may bring, looked at before they are read; more are dropped. Default 256.</summary>
    [Range(1, 65_536)]
    public int SourceRateMax { get; init; } = 256;

    /// <summary>Neighbours that are counted; when full, messages of further ones are dropped. Default 1,024.</summary>
    [Range(1, 65_536)]
    public int SourcesMax { get; init; } = 1_024;

    /// <summary>Authors who went, whose last number is remembered so that an old message cannot bring them back; the oldest leaves. Default 1,024.</summary>
    [Range(1, 65_536)]
    public int GoneMax { get; init; } = 1_024;

    /// <summary>Messages and calls that may wait; when full messages are dropped and calls wait. Default 256.</summary>
    [Range(1, 65_536)]
    public int InboxCapacity { get; init; } = 256;

    /// <summary>Time between two views of one reader, at least, however fast others type. Default 50 ms.</summary>
    public TimeSpan ViewPace { get; init; } = TimeSpan.FromMilliseconds(50);
}
