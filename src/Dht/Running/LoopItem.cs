using P2P.Dht.Engine;
using P2P.Dht.Serving;
using P2P.Transport.Connections;

namespace P2P.Dht.Running;

/// <summary>One entry of the loop's inbox: an input of the engine and who waits for what comes of it.</summary>
internal readonly record struct LoopItem(KadInput Input)
{
    /// <summary>With <see cref="KadInputKind.Start"/>.</summary>
    public OperationWaiter? Operation { get; init; }

    /// <summary>With <see cref="KadInputKind.Request"/>.</summary>
    public TaskCompletionSource<ServerAnswer>? Reply { get; init; }

    /// <summary>Wants a picture of the table; the input is none.</summary>
    public TaskCompletionSource<TableSnapshot>? Snapshot { get; init; }

    /// <summary>A defect of ours that ended a request; it ends the loop.</summary>
    public Exception? Defect { get; init; }

    /// <summary>With the end of a request of ours: the stream, when it can carry another one.</summary>
    public PeerStream? Reusable { get; init; }
}
