using P2P.Core.Multiformats;
using P2P.Core.Runtime;
using P2P.Crdt.Events;
using P2P.Crdt.Replication;
using P2P.Node.Telemetry;

namespace P2P.Node.Documents;

/// <summary>The documents of a node. Thread-safe; a document is opened once and shared by all who ask for it.</summary>
public sealed class DocumentCatalog
{
    private const int RandomNameBytes = 15;

    private readonly NodeServices _services;
    private readonly Turnstile _gate = new(1);
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
    /// <param name="name">1 to 256 bytes of UTF-8, without control characters.</param>
    /// <param name="cancellationToken">Cancelling leaves the document closed.</param>
    /// <exception cref="P2PException">A name of another length, with a control character or half a character, a stopped node, or a store that failed.</exception>
    public Task<TextDocument> OpenAsync(string name, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(name);
        return OpenAsync(GenesisOf(name), null, cancellationToken);
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
        return OpenAsync(GenesisOf(name), bootstrap, cancellationToken);
    }

    /// <summary>The documents that are open now, by name.</summary>
    /// <param name="cancellationToken">Ends the wait for a document that is just being opened.</param>
    public Task<IReadOnlyList<TextDocument>> ListAsync(CancellationToken cancellationToken = default) =>
        _services.Options.Spawner.StartAsync(() => ListCoreAsync(cancellationToken));

    private async Task<IReadOnlyList<TextDocument>> ListCoreAsync(CancellationToken cancellationToken)
    {
        await _gate.EnterAsync(cancellationToken);
        try
        {
            return [.. _open.Values.Select(static o => o.Document).OrderBy(static d => d.Name, StringComparer.Ordinal)];
        }
        finally
        {
            _gate.Leave();
        }
    }

    /// <summary>Opens the document that somebody shared, and keeps the peers connected that the ticket names. Never waits for them.</summary>
    /// <param name="ticket">See <see cref="TextDocument.Ticket"/> and <see cref="Ticket.TryParse"/>.</param>
    /// <param name="cancellationToken">Cancelling leaves the document closed.</param>
    /// <exception cref="P2PException">A stopped node, or a store that failed.</exception>
    public Task<TextDocument> OpenAsync(Ticket ticket, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(ticket);
        _services.Wanted.Add(ticket.Addresses);
        return OpenAsync(ticket.Genesis, null, cancellationToken);
    }

    /// <summary>
    /// Makes a document, with its writers if only some may write, and opens it. Its name is not enough to find it elsewhere: share
    /// <see cref="TextDocument.Ticket"/>.
    /// </summary>
    /// <param name="options">Name and writers.</param>
    /// <param name="cancellationToken">Cancelling leaves the document closed.</param>
    /// <exception cref="P2PException">A wrong name, a stopped node, or a store that failed.</exception>
    public Task<TextDocument> CreateAsync(DocumentOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        string name = options.Name;
        if (name.Length == 0)
        {
            Span<byte> random = stackalloc byte[RandomNameBytes];
            _services.Options.Chance.Fill(random);
            name = Multibase.EncodeRaw(MultibaseEncoding.Base32, random);
        }

        return OpenAsync(GenesisOf(name, options.Writers.Authors), null, cancellationToken);
    }

    /// <summary>
    /// Stops to sync, announce and provide a document; what is held here stays, and so does what other peers hold. Opening it again goes on from
    /// there.
    /// </summary>
    /// <param name="document">Its id.</param>
    /// <param name="cancellationToken">Ends the wait for other calls of this catalog; then nothing happened.</param>
    /// <returns>What happened here; its <c>ToString</c> says it in a sentence.</returns>
    /// <exception cref="P2PException">The node is stopped.</exception>
    public Task<DocumentLeft> LeaveAsync(Cid document, CancellationToken cancellationToken = default) =>
        _services.Options.Spawner.StartAsync(() => LeaveCoreAsync(document, erase: false, cancellationToken));

    /// <summary>
    /// As <see cref="LeaveAsync"/>, and erases what is held here, with the data of its snapshots unless a pin or another document needs it. Other
    /// peers keep theirs: opening it again fetches it from them. Who writes in it again never uses a number twice: own events are fetched
    /// first. If nobody brings them within some seconds, this document gets an author key of its own (<see cref="TextDocument.Author"/>); one with a list of
    /// writers cannot, there <see cref="NodeError.OwnEventsMissing"/> is what writing ends with. The node's key stays as it is in all other documents.
    /// </summary>
    /// <param name="document">Its id.</param>
    /// <param name="cancellationToken">Ends the wait for other calls of this catalog; then nothing happened.</param>
    /// <returns>What happened here; its <c>ToString</c> says it in a sentence.</returns>
    /// <exception cref="P2PException">The node is stopped, or its store failed.</exception>
    public Task<DocumentLeft> DeleteAsync(Cid document, CancellationToken cancellationToken = default) =>
        _services.Options.Spawner.StartAsync(() => LeaveCoreAsync(document, erase: true, cancellationToken));

    /// <summary>
    /// Closes a document of which nothing is held, and forgets its name: it was opened to see whether somebody has it. One with events stays as it is,
    /// unless the first of them was written at this very moment: then it is closed and kept.
    /// </summary>
    /// <param name="document">Its id.</param>
    /// <param name="cancellationToken">Ends the wait for other calls of this catalog; then nothing happened.</param>
    /// <returns>Whether it is forgotten.</returns>
    /// <exception cref="P2PException">The node is stopped, or its store failed.</exception>
    public Task<bool> ForgetAsync(Cid document, CancellationToken cancellationToken = default) =>
        _services.Options.Spawner.StartAsync(() => ForgetCoreAsync(document, cancellationToken));

    /// <summary>Where calls run.</summary>
    internal ISpawner Spawner => _services.Options.Spawner;

    internal async Task CloseAsync()
    {
        await _gate.EnterAsync(CancellationToken.None);
        try
        {
            _closed = true;
            Teardown all = new();
            foreach ((TextDocument _, DocumentHost host) in _open.Values)
            {
                await all.TryAsync(host.DisposeAsync);
            }

            _open.Clear();
            Publish();
            all.Throw();
        }
        finally
        {
            _gate.Leave();
        }
    }

    private Task<TextDocument> OpenAsync(Genesis genesis, BootstrapOptions? bootstrap, CancellationToken cancellationToken) =>
        _services.Options.Spawner.StartWithinAsync(
            () => NodeTraces.RunAsync(NodeTraces.Open, () => DocumentErrors.TellAsync(() => OpenCoreAsync(genesis, bootstrap, cancellationToken)), lasts: true));

    private Genesis GenesisOf(string name, IReadOnlyList<TextAuthor>? writers = null)
    {
        if (DocumentName.Steers(name))
        {
            throw new P2PException(NodeError.InvalidOption, DocumentName.Refusal);
        }

        try
        {
            return name.Length > 0
                ? Genesis.Create(_services.Options.Network, name, writers?.Select(static w => w.Key))
                : throw new ArgumentException("The name is empty.");
        }
        catch (ArgumentException error)
        {
            throw new P2PException(NodeError.InvalidOption, "A document's name has 1 to 256 bytes of UTF-8, and its writers are Ed25519 keys.", error);
        }
    }

    private async Task<TextDocument> OpenCoreAsync(Genesis genesis, BootstrapOptions? bootstrap, CancellationToken cancellationToken)
    {
        await EnterAsync(cancellationToken);
        try
        {
            if (_open.TryGetValue(genesis.Cid, out (TextDocument Document, DocumentHost Host) known))
            {
                if (!known.Host.HasFailed)
                {
                    return known.Document;
                }

                _open.Remove(genesis.Cid); // what ended by a fault is opened anew, from what is durable
                await new Teardown().TryAsync(known.Host.DisposeAsync); // its fault was told to who met it
            }

            DocumentHost host = await DocumentHost.OpenAsync(_services, genesis, bootstrap, cancellationToken);
            TextDocument document = new(genesis.Name, host, _services.Options.Text, _services.Options.Presence);
            _open.Add(genesis.Cid, (document, host));
            Publish();
            return document;
        }
        finally
        {
            _gate.Leave();
        }
    }

    private async Task<DocumentLeft> LeaveCoreAsync(Cid document, bool erase, CancellationToken cancellationToken)
    {
        await EnterAsync(cancellationToken);
        try
        {
            int followers = 0;
            bool wasOpen = _open.Remove(document, out (TextDocument Document, DocumentHost Host) known);
            if (wasOpen)
            {
                Publish();
                followers = known.Host.Followers.Count;
                await known.Host.LeaveAsync();
            }

            await _services.Dormant.LeaveAsync(document);
            if (!erase)
            {
                await _services.Store.LeaveAsync(document, CancellationToken.None);
            }

            StoreErased erased = erase ? await _services.Store.EraseAsync(document, CancellationToken.None) : default;
            return new DocumentLeft(document, wasOpen, erased.Events, erased.Bytes, followers);
        }
        catch (StoreException failed)
        {
            throw P2PException.Of(failed);
        }
        finally
        {
            _gate.Leave();
        }
    }

    private async Task<bool> ForgetCoreAsync(Cid document, CancellationToken cancellationToken)
    {
        await EnterAsync(cancellationToken);
        try
        {
            if (!_open.TryGetValue(document, out (TextDocument Document, DocumentHost Host) known) || known.Host.Replica.Status is not { AppliedCount: 0, MissingCount: 0 })
            {
                return false;
            }

            _open.Remove(document);
            Publish();
            await known.Host.LeaveAsync(); // from here on nobody writes
            if (known.Host.Replica.Status.AppliedCount > 0)
            {
                return false;
            }

            await _services.Dormant.LeaveAsync(document);
            await _services.Store.EraseAsync(document, CancellationToken.None);
            return true;
        }
        catch (StoreException failed)
        {
            throw P2PException.Of(failed);
        }
        finally
        {
            _gate.Leave();
        }
    }

    /// <summary>Waits for the gate; whoever gets through releases it.</summary>
    private async Task EnterAsync(CancellationToken cancellationToken)
    {
        await _gate.EnterAsync(cancellationToken);
        if (_closed)
        {
            _gate.Leave();
            throw new P2PException(NodeError.Stopped, "The node is stopped.");
        }
    }

    private void Publish() => Volatile.Write(
        ref _opened, [.. _open.Values.Select(static o => o.Document).OrderBy(static d => d.Name, StringComparer.Ordinal).ThenBy(static d => d.Id)]);
}
