using P2P.Core.Multiformats;
using P2P.Crdt.Events;

namespace P2P.Node.Documents;

/// <summary>The documents of a node. Thread-safe; a document is opened once and shared by all who ask for it.</summary>
#pragma warning disable CA1001 // a SemaphoreSlim whose wait handle is never taken holds nothing to dispose
public sealed class DocumentCatalog
#pragma warning restore CA1001
{
    private readonly NodeServices _services;
    private readonly SemaphoreSlim _gate = new(1);
    private readonly Dictionary<Cid, (TextDocument Document, DocumentHost Host)> _open = [];
    private TextDocument[] _opened = [];
    private bool _closed;

    internal DocumentCatalog(NodeServices services) => _services = services;

    /// <summary>The documents that are open now, logs among them, by name. Never waits.</summary>
    public IReadOnlyList<TextDocument> Opened => Volatile.Read(ref _opened);

    /// <summary>
    /// Opens the document of that name inside the node's network: open to anyone who knows the name, with the same id everywhere. Returns with
    /// the local state at once, never waits for peers, and syncs in the background.
    /// </summary>
    /// <param name="name">1 to 256 bytes of UTF-8.</param>
    /// <param name="cancellationToken">Cancelling leaves the document closed.</param>
    /// <exception cref="P2PException">A name of another length or with half a character, a stopped node, or a store that failed.</exception>
    public Task<TextDocument> OpenAsync(string name, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(name);
        Genesis genesis = GenesisOf(name);
        return _services.Options.Spawner.StartAsync(() => OpenCoreAsync(name, genesis, null, cancellationToken));
    }

    /// <summary>As <see cref="OpenAsync(string, CancellationToken)"/>; a document of which nothing is held yet starts from a signed snapshot.</summary>
    /// <param name="name">1 to 256 bytes of UTF-8.</param>
    /// <param name="bootstrap">Whose snapshots are trusted. Ignored when the document is open, or something of it is held.</param>
    /// <param name="cancellationToken">Cancelling leaves the document closed.</param>
    /// <exception cref="P2PException">As there.</exception>
    public Task<TextDocument> OpenAsync(string name, BootstrapOptions bootstrap, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(bootstrap);
        Genesis genesis = GenesisOf(name);
        return _services.Options.Spawner.StartAsync(() => OpenCoreAsync(name, genesis, bootstrap, cancellationToken));
    }

    /// <summary>The documents that are open now, by name.</summary>
    /// <param name="cancellationToken">Ends the wait for a document that is just being opened.</param>
    public Task<IReadOnlyList<TextDocument>> ListAsync(CancellationToken cancellationToken = default) =>
        _services.Options.Spawner.StartAsync(() => ListCoreAsync(cancellationToken));

    private async Task<IReadOnlyList<TextDocument>> ListCoreAsync(CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken);
        try
        {
            return [.. _open.Values.Select(static o => o.Document).OrderBy(static d => d.Name, StringComparer.Ordinal)];
        }
        finally
        {
            _gate.Release();
        }
    }

    internal async Task CloseAsync()
    {
        await _gate.WaitAsync(CancellationToken.None);
        try
        {
            _closed = true;
            foreach ((TextDocument _, DocumentHost host) in _open.Values)
            {
                await host.DisposeAsync();
            }

            _open.Clear();
            Publish();
        }
        finally
        {
            _gate.Release();
        }
    }

    private Genesis GenesisOf(string name)
    {
        try
        {
            return name.Length > 0 ? Genesis.Create(_services.Options.Network, name) : throw new ArgumentException("The name is empty.");
        }
        catch (ArgumentException error)
        {
            throw new P2PException(NodeError.InvalidOption, "A document's name has 1 to 256 bytes of UTF-8.", error);
        }
    }

    private async Task<TextDocument> OpenCoreAsync(string name, Genesis genesis, BootstrapOptions? bootstrap, CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken);
        try
        {
            if (_closed)
            {
                throw new P2PException(NodeError.Stopped, "The node is stopped.");
            }

            if (_open.TryGetValue(genesis.Cid, out (TextDocument Document, DocumentHost Host) known))
            {
                return known.Document;
            }

            DocumentHost host = await DocumentHost.OpenAsync(_services, genesis, bootstrap, cancellationToken);
            TextDocument document = new(name, host, _services.Options.Text, _services.Options.Presence);
            _open.Add(genesis.Cid, (document, host));
            Publish();
            return document;
        }
        finally
        {
            _gate.Release();
        }
    }

    private void Publish() => Volatile.Write(
        ref _opened, [.. _open.Values.Select(static o => o.Document).OrderBy(static d => d.Name, StringComparer.Ordinal).ThenBy(static d => d.Id)]);
}
