using P2P.Crdt.HashSeq;
using P2P.Crdt.Replication;
using P2P.Node.Logs;

namespace P2P.Cli.Commands;

/// <summary>
/// A text and a log of one name are one document, and neither shows what the other's verbs wrote: a line that went into the wrong one would be stored and
/// never be seen. So a verb that writes refuses a document that holds only the other's.
/// </summary>
internal static class DocumentKinds
{
    /// <exception cref="CliException">It holds entries of a log and no text.</exception>
    public static Task RequireTextAsync(Session session, Replica replica, CancellationToken cancellationToken) =>
        RequireAsync(session, replica, (SeqRules.TypeName, ReplicatedLogLimits.EventType), "a log: `p2p log append` writes to it and `p2p log cat` shows it", cancellationToken);

    /// <exception cref="CliException">It holds text and no entries of a log.</exception>
    public static Task RequireLogAsync(Session session, Replica replica, CancellationToken cancellationToken) =>
        RequireAsync(session, replica, (ReplicatedLogLimits.EventType, SeqRules.TypeName), "a text: `p2p doc append` writes to it and `p2p doc cat` shows it", cancellationToken);

    private static async Task RequireAsync(Session session, Replica replica, (string Own, string Other) types, string what, CancellationToken cancellationToken)
    {
        if (!session.SaysYes && replica.Status.AppliedCount > 0 && !await HoldsAsync(replica, types.Own, cancellationToken) && await HoldsAsync(replica, types.Other, cancellationToken))
        {
            throw new CliException(CliError.WrongKind, $"'{Printable.Line(replica.Options.Genesis.Name)}' is {what}. Nothing was written; --yes writes all the same.");
        }
    }

    private static async Task<bool> HoldsAsync(Replica replica, string type, CancellationToken cancellationToken) =>
        (await replica.QueryAsync(new EventQuery { Type = type, Limit = 1 }, cancellationToken)).Events.Count > 0;
}
