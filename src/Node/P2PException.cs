using System.Globalization;
using Microsoft.Extensions.Options;
using P2P.Core.Multiformats;
using P2P.Crdt.Replication;
using P2P.Node.Hosting;

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

    /// <summary>All of it in one line for the standard error of a program: code, name, what to do, help page.</summary>
    public string Line => $"{Code} {Error}: {Message.ReplaceLineEndings(" ")} Help: {HelpLink}";

    /// <summary>What a program that gives up because of it should exit with: the codes of the command <c>p2p</c>, such as 2 for an option that was refused.</summary>
    public int ExitCode => Error switch
    {
        NodeError.DataDirectoryInUse => 5,
        NodeError.NoPeers or NodeError.PeerTimedOut => 4,
        NodeError.InvalidOption or NodeError.NoInterface or NodeError.AddressUnusable or NodeError.KeyFileUnusable => 2,
        NodeError.StoreNewer or NodeError.StoreFull or NodeError.NoRoom or NodeError.ContentRefused or NodeError.NotAWriter or NodeError.AuthorHasWritten or NodeError.KeyFileNewer or NodeError.TooLong
            or NodeError.ConnectionLimit or NodeError.DhtLimit or NodeError.DhtRefused => 7,
        NodeError.ContentInvalid or NodeError.StoreFailed or NodeError.StoreLost or NodeError.StoreUnsound or NodeError.BackupUnusable or NodeError.IdentityUnusable
            or NodeError.WrongPassphrase or NodeError.WrongPeer => 6,
        NodeError.NoStore or NodeError.StoreIncomplete or NodeError.ContentUnavailable or NodeError.OwnEventsMissing => 3,
        _ => 1,
    };

    /// <summary>Whether the network or another peer is the cause (<c>P2P1xxx</c>): later, or at another address, the same call may work.</summary>
    public bool IsOfNetwork => (int)Error is >= 1000 and < 2000;

    /// <summary>Process that holds the data folder, for <see cref="NodeError.DataDirectoryInUse"/>; else 0.</summary>
    public int HolderPid { get; init; }

    /// <summary>Blocks that are wanting, for <see cref="NodeError.ContentUnavailable"/>; else empty.</summary>
    public IReadOnlyList<Cid> Missing { get; init; } = [];

    /// <summary>
    /// The refusal in what the start of a node or of a host threw, for a program that says it in one line instead of dying with a stack trace; null when it is
    /// something else. Options that a host refuses come as an <see cref="OptionsValidationException"/>; here they have their code.
    /// </summary>
    /// <param name="error">What was caught.</param>
    public static P2PException? In(Exception error) => error switch
    {
        P2PException refused => refused,
        StoreException failed => Of(failed),
        OptionsValidationException wrong when wrong.OptionsType == typeof(P2PHostOptions) =>
            new P2PException(NodeError.InvalidOption, string.Join("; ", wrong.Failures), wrong),
        AggregateException many => many.InnerExceptions.Select(In).FirstOrDefault(static found => found is not null),
        _ => null,
    };

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
            StoreError.Lost => NodeError.StoreLost,
            _ => NodeError.StoreFailed,
        };
        return new P2PException(error, failure.Message, failure) { HolderPid = failure.HolderPid };
    }
}
