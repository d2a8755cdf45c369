namespace P2P.PubSub;

/// <summary>What publishing does while no connected peer is subscribed to the topic.</summary>
public enum AloneRule
{
    /// <summary>
    /// Return 0 at once. The message stays in the message cache for <see cref="PubSubOptions.HistoryLength"/> heartbeats, and whoever
    /// joins meanwhile is told of it.
    /// </summary>
    Report = 0,

    /// <summary>Wait for the first subscriber (or cancellation), then send.</summary>
    Wait,
}
