using System.Runtime.CompilerServices;
using P2P.Core.Multiformats;
using P2P.Core.Runtime;
using P2P.Crdt.Events;
using P2P.Crdt.Replication;
using P2P.Node.Documents;
using P2P.Node.Telemetry;

namespace P2P.Node.Logs;

/// <summary>A log over the document of the same name: entries are events of type <c>log</c>, which have no effect on its text.</summary>
internal sealed class ReplicatedLog<T>(TextDocument document, ILogFormat<T> format, EntryReading reading, bool withholdsTime) : IReplicatedLog<T>
{
    public string Name => document.Name;

    public Cid Id => document.Id;

    public WriterPolicy Writers => document.Writers;

    public Ticket Ticket => document.Ticket;

    public ReplicaStatus Status => document.Status;

    public Replica Replica => document.Replica;

    public Task<LogEntry<T>> AppendAsync(T item, CancellationToken cancellationToken)
    {
        EventDraft draft = new()
        {
            Type = ReplicatedLogLimits.EventType,
            Body = LogBody.Write(format.Write(item)),
            At = withholdsTime ? 0 : null,
        };
        return document.Spawner.StartWithinAsync(() => NodeTraces.RunAsync(NodeTraces.Append, () => DocumentErrors.TellAsync(
            async () => Describe(await document.WriteAsync(draft, cancellationToken).OrCanceledAsync(cancellationToken)))));
    }

    public Task<IReadOnlyList<LogEntry<T>>> ReadAsync(CancellationToken cancellationToken) => DocumentErrors.RunAsync<IReadOnlyList<LogEntry<T>>>(
        document.Spawner,
        async () =>
            [.. (await ClockPicture.ReadAllAsync(Replica, cancellationToken)).Where(IsEntry).Select(Describe)]);

    public IAsyncEnumerable<LogChange<T>> Changes(ChangeCursor from, CancellationToken cancellationToken) =>
        new SpawnedEnumerable<LogChange<T>>(document.Spawner, token => FollowAsync(from, token), cancellationToken);

    public Task<VerifyReport> VerifyAsync(CancellationToken cancellationToken) => DocumentErrors.RunAsync(document.Spawner, () => Replica.VerifyAsync(cancellationToken));

    public Task WaitForSyncAsync(CancellationToken cancellationToken) => document.WaitForSyncAsync(cancellationToken);

    public Task WaitForDeliveryAsync(CancellationToken cancellationToken) => document.WaitForDeliveryAsync(cancellationToken);

    private async IAsyncEnumerable<LogChange<T>> FollowAsync(ChangeCursor from, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using IAsyncEnumerator<ReplicaChange> changes = Replica.Changes(from, cancellationToken).GetAsyncEnumerator(cancellationToken);
        while (await DocumentErrors.TellAsync(async () => await changes.MoveNextAsync()))
        {
            ReplicaChange change = changes.Current;
            if (IsEntry(change.Event))
            {
                yield return new LogChange<T> { Entry = Describe(change.Event), Origin = document.OriginOf(change), Cursor = change.Cursor };
            }
        }
    }

    private static bool IsEntry(Event item) => item.Type == ReplicatedLogLimits.EventType;

    private LogEntry<T> Describe(Event item)
    {
        EntryRefusal refusal = reading.ReadBody(format, item.Body.Span, out T? read);
        return new LogEntry<T>
        {
            Event = item.Cid,
            Author = new TextAuthor(item.Author),
            Sequence = item.Sequence,
            Height = item.Height,
            At = ClaimedTime.Of(item),
            Item = read,
            Refusal = refusal,
        };
    }
}
