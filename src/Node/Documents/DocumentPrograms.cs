using P2P.Core.Multiformats;
using P2P.Core.Runtime;
using P2P.Crdt.Events;
using P2P.Crdt.Federation.Execution;
using P2P.Crdt.Federation.Records;

namespace P2P.Node.Documents;

/// <summary>Programs that the nodes of a document run together: publish values, ask, take part. Thread-safe.</summary>
/// <remarks>Spec: federation, F15 to F17; docs/federation.md.</remarks>
public sealed class DocumentPrograms
{
    private readonly DocumentHost _host;

    internal DocumentPrograms(DocumentHost host) => _host = host;

    /// <summary>This node's part in executions; null before <see cref="ExecuteAsync"/>.</summary>
    public ExecutorLoop? Executor => _host.Executor;

    /// <summary>Declares this node's author an executor and takes part until the document is closed. Once a document; later calls give the same.</summary>
    /// <param name="options">How; null for the defaults. Of the first call only.</param>
    /// <param name="cancellationToken">Ends the wait; the declaration may still be written.</param>
    /// <exception cref="P2PException">The declaration cannot be written.</exception>
    public Task<ExecutorLoop> ExecuteAsync(ExecutorOptions? options = null, CancellationToken cancellationToken = default) => DocumentErrors.RunAsync(_host.Spawner, async () =>
    {
        ExecutorLoop executor = _host.StartExecutor(options ?? new ExecutorOptions(), out bool isNew);
        if (isNew)
        {
            _ = await executor.DeclareAsync(cancellationToken);
        }

        return executor;
    });

    /// <summary>Writes a value into the document, for programs to use: a program, an input.</summary>
    /// <param name="value">At most 64 KiB.</param>
    /// <param name="cancellationToken">Ends the wait; the value may still be written.</param>
    /// <returns>The artifact. The value itself goes by its own CID: <see cref="Cid.ForRaw"/>, or <see cref="Cid.ForDagCbor"/> of a program.</returns>
    /// <exception cref="P2PException">The value is longer, or nothing can be written.</exception>
    public Task<Event> PublishAsync(ReadOnlyMemory<byte> value, CancellationToken cancellationToken = default) => value.Length > RecordLimits.InlineBytesMax
        ? throw new P2PException(NodeError.TooLong, $"The value has {value.Length} bytes; a value in an event has at most {RecordLimits.InlineBytesMax}.")
        : DocumentErrors.RunAsync(_host.Spawner, () => _host.WriteAsync(new EventDraft { Type = FederationTypes.Artifact, Body = ArtifactBody.OfBytes(value).Encode() }).OrCanceledAsync(cancellationToken));

    /// <summary>Asks the executors of a snapshot to run a program. Whoever takes part waits with <see cref="ExecutorLoop.WaitAsync"/>.</summary>
    /// <param name="request">What to run; program and inputs are in the document.</param>
    /// <param name="cancellationToken">Ends the wait; the request may still be written.</param>
    /// <returns>The artifact that asks.</returns>
    public Task<Cid> RequestAsync(ProgramRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        return DocumentErrors.RunAsync(_host.Spawner, async () => (await _host.WriteAsync(request.ToDraft()).OrCanceledAsync(cancellationToken)).Cid);
    }
}
