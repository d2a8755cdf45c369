using P2P.Crdt.Events;
using P2P.Node.Documents;

namespace P2P.Node.Logs;

/// <summary>The logs of a node. Thread-safe.</summary>
public sealed class LogCatalog
{
    private readonly DocumentCatalog _documents;
    private readonly P2POptions _options;

    private readonly EntryReading _reading;

    internal LogCatalog(DocumentCatalog documents, EntryReading reading, P2POptions options)
    {
        _documents = documents;
        _reading = reading;
        _options = options;
    }

    /// <summary>
    /// Opens the log of that name inside the node's network: open to anyone who knows the name, with the same id everywhere. Returns with what is
    /// here, never waits for peers, and syncs in the background. A text document of the same name is the same document; neither sees the other's events.
    /// </summary>
    /// <typeparam name="T">What an entry says.</typeparam>
    /// <param name="name">1 to 256 bytes of UTF-8.</param>
    /// <param name="format">How entries become bytes.</param>
    /// <param name="cancellationToken">Cancelling leaves the log closed.</param>
    /// <exception cref="P2PException">The node is stopped or its store failed.</exception>
    public Task<IReplicatedLog<T>> OpenAsync<T>(string name, ILogFormat<T> format, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(format);
        return _documents.Spawner.StartAsync(async Task<IReplicatedLog<T>> () =>
            new ReplicatedLog<T>(await _documents.OpenAsync(name, cancellationToken), format, _reading, _options.Text.WithholdTime));
    }

    /// <summary>As <see cref="OpenAsync{T}(string, ILogFormat{T}, CancellationToken)"/>, of the document that somebody shared.</summary>
    /// <typeparam name="T">What an entry says.</typeparam>
    /// <param name="ticket">See <see cref="IReplicatedLog{T}.Ticket"/> and <see cref="Ticket.TryParse"/>.</param>
    /// <param name="format">How entries become bytes.</param>
    /// <param name="cancellationToken">Cancelling leaves the log closed.</param>
    /// <exception cref="P2PException">The node is stopped or its store failed.</exception>
    public Task<IReplicatedLog<T>> OpenAsync<T>(Ticket ticket, ILogFormat<T> format, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(format);
        return _documents.Spawner.StartAsync(async Task<IReplicatedLog<T>> () =>
            new ReplicatedLog<T>(await _documents.OpenAsync(ticket, cancellationToken), format, _reading, _options.Text.WithholdTime));
    }

    /// <summary>
    /// Makes a log, with its writers if only some may append, and opens it. Its name is not enough to find it elsewhere: share
    /// <see cref="IReplicatedLog{T}.Ticket"/>.
    /// </summary>
    /// <typeparam name="T">What an entry says.</typeparam>
    /// <param name="options">Name and writers.</param>
    /// <param name="format">How entries become bytes.</param>
    /// <param name="cancellationToken">Cancelling leaves the log closed.</param>
    /// <exception cref="P2PException">A wrong name, a stopped node, or a store that failed.</exception>
    public Task<IReplicatedLog<T>> CreateAsync<T>(DocumentOptions options, ILogFormat<T> format, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(format);
        return _documents.Spawner.StartAsync(async Task<IReplicatedLog<T>> () =>
            new ReplicatedLog<T>(await _documents.CreateAsync(options, cancellationToken), format, _reading, _options.Text.WithholdTime));
    }

    /// <summary>As the other, of text, of bytes, or of a type that <see cref="P2POptions.Json"/> knows.</summary>
    /// <typeparam name="T">What an entry says.</typeparam>
    /// <param name="options">Name and writers.</param>
    /// <param name="cancellationToken">Cancelling leaves the log closed.</param>
    /// <exception cref="ArgumentException">Another type: give a format.</exception>
    /// <exception cref="P2PException">A wrong name, a stopped node, or a store that failed.</exception>
    public Task<IReplicatedLog<T>> CreateAsync<T>(DocumentOptions options, CancellationToken cancellationToken = default) =>
        CreateAsync(options, EntryFormats.Of<T>(_options.Json), cancellationToken);

    /// <summary>
    /// A log of text (<see cref="string"/>), of bytes (<see cref="ReadOnlyMemory{T}"/> of <see cref="byte"/>), or of a type that
    /// <see cref="P2POptions.Json"/> knows.
    /// </summary>
    /// <typeparam name="T">What an entry says.</typeparam>
    /// <param name="name">1 to 256 bytes of UTF-8.</param>
    /// <param name="cancellationToken">Cancelling leaves the log closed.</param>
    /// <exception cref="ArgumentException">Another type: give a format.</exception>
    /// <exception cref="P2PException">The node is stopped or its store failed.</exception>
    public Task<IReplicatedLog<T>> OpenAsync<T>(string name, CancellationToken cancellationToken = default) =>
        OpenAsync(name, EntryFormats.Of<T>(_options.Json), cancellationToken);

    /// <summary>A log whose entries are text.</summary>
    /// <param name="name">1 to 256 bytes of UTF-8.</param>
    /// <param name="cancellationToken">Cancelling leaves the log closed.</param>
    public Task<IReplicatedLog<string>> OpenAsync(string name, CancellationToken cancellationToken = default) =>
        OpenAsync(name, TextLogFormat.Instance, cancellationToken);
}
