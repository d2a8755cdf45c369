using P2P.Crdt.Events;
using P2P.Crdt.Replication;
using P2P.Node;
using P2P.Node.Documents;

namespace P2P.Cli.Commands;

/// <summary>
/// Writes where own events of before may have to be fetched first: says what is waited for, ends with <c>--timeout</c>, and says when the document is
/// written under another key from then on.
/// </summary>
internal static class OwnEvents
{
    /// <summary>Writes.</summary>
    /// <param name="session">Whose time and output.</param>
    /// <param name="document">Its name and replica.</param>
    /// <param name="write">What is done; its token ends the wait.</param>
    /// <param name="cancellationToken">The user's.</param>
    /// <exception cref="P2PException">Nobody brought them in the time that was given.</exception>
    public static async Task<T> WriteAsync<T>(
        Session session, (string Name, Replica Replica) document, Func<CancellationToken, Task<T>> write, CancellationToken cancellationToken)
        where T : class
    {
        (string name, Replica replica) = document;
        if (replica.Status.CannotWrite != ReplicaError.Busy)
        {
            return await write(cancellationToken);
        }

        string shown = Printable.Line(name);
        TextAuthor? before = AuthorOf(replica);
        T? written = null;
        bool inTime = await session.WithinAsync(
            session.Timeout ?? Timeout.InfiniteTimeSpan,
            async token => written = await write(token),
            cancellationToken,
            $"a peer that has what was written in {shown} before, under this author key and not here");
        if (!inTime)
        {
            throw new P2PException(
                NodeError.OwnEventsMissing,
                $"What was written in {shown} before, under this author key, is not here and nobody brought it in the time given. "
                    + (replica.Status.CannotWrite == ReplicaError.Busy ? "Nothing was written." : "It has come at this moment: look whether yours is stored."));
        }

        if (AuthorOf(replica) is TextAuthor now && !now.Equals(before))
        {
            session.Output.Say($"nobody has what was written in {shown} before: this document is written under an author key of its own from now on, {now.Short} ({now.Id}); all others as before");
        }

        return written!;
    }

    /// <summary>Who writes there.</summary>
    public static TextAuthor? AuthorOf(Replica replica) =>
        replica.Options.Store.SignerOf(replica.Document) is ISigner signer ? new TextAuthor(signer.Author) : null;
}
