using System.Globalization;
using P2P.Core.Multiformats;
using P2P.Crdt.Replication;

namespace P2P.Node;

/// <summary>A node call failed. Decide on <see cref="Error"/>; the message says what happened and what to do.</summary>
/// <param name="error">Why.</param>
/// <param name="message">One sentence for people.</param>
/// <param name="innerException">The cause, if any.</param>
public sealed class P2PException(NodeError error, string message, Exception? innerException = null)
    : Exception(message, innerException)
{
    /// <summary>Why.</summary>
    public NodeError Error { get; } = error;

    /// <summary>The stable code, such as <c>P2P0006</c>.</summary>
    public string Code => string.Create(CultureInfo.InvariantCulture, $"P2P{(int)Error:D4}");

    /// <summary>The page that says what to do, below the root of the repository.</summary>
    public override string? HelpLink
    {
        get => base.HelpLink ?? $"docs/errors/{Code}.md";
        set => base.HelpLink = value;
    }

    /// <summary>Whether the network or another peer is the cause (<c>P2P1xxx</c>): later, or at another address, the same call may work.</summary>
    public bool IsOfNetwork => (int)Error is >= 1000 and < 2000;

    /// <summary>Process that holds the data folder, for <see cref="NodeError.DataDirectoryInUse"/>; else 0.</summary>
    public int HolderPid { get; init; }

    /// <summary>Blocks that are wanting, for <see cref="NodeError.ContentUnavailable"/>; else empty.</summary>
    public IReadOnlyList<Cid> Missing { get; init; } = [];

    /// <summary>What a failure of the store means to whoever uses a node or its data folder.</summary>
    /// <param name="failure">The store's own exception; its message is kept.</param>
    public static P2PException Of(StoreException failure)
    {
        ArgumentNullException.ThrowIfNull(failure);
        NodeError error = failure.Error switch
        {
            StoreError.Locked => NodeError.DataDirectoryInUse,
            StoreError.NewerSchema => NodeError.StoreNewer,
            StoreError.ReadOnly => NodeError.DataDirectoryReadOnly,
            StoreError.DiskFull => NodeError.StoreFull,
            _ => NodeError.StoreFailed,
        };
        return new P2PException(error, failure.Message, failure) { HolderPid = failure.HolderPid };
    }
}
