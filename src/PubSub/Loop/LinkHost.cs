using P2P.Transport.Connections;

namespace P2P.PubSub.Loop;

/// <summary>What the parts around the loop are given of it.</summary>
/// <param name="Runtime">Clock, spawner, chance.</param>
/// <param name="Post">Puts an item into the inbox, waiting for room; does nothing once the loop has ended.</param>
internal sealed record LinkHost(TransportRuntime Runtime, Func<LoopItem, ValueTask> Post);
