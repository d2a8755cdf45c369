using System.Collections.Concurrent;
using P2P.Core.Identity;
using P2P.Core.Multiformats;
using P2P.Core.Runtime;
using P2P.Crdt.Events;
using P2P.Crdt.Replication;

namespace P2P.Storage;

/// <summary>
/// The author keys of an open store: the folder's, and those of documents that have one of their own. Replaced ones are kept. Thread-safe; owns the keys.
/// </summary>
internal sealed class StoreAuthors : IDisposable
{
    private readonly StoreWriter _writer;
    private readonly StoreReaders _readers;
    private readonly IChance _chance;
    private readonly ConcurrentStack<PrivateKey> _keys = [];
    private readonly ConcurrentDictionary<Cid, ISigner> _documents = [];
    private readonly Turnstile _renewing = new(1);
    private volatile ISigner _signer;

    /// <param name="keys">The folder's key, and those of documents.</param>
    /// <param name="store">Where replaced ones are kept.</param>
    /// <param name="chance">Draws fresh keys.</param>
    public StoreAuthors((PrivateKey Folder, IReadOnlyList<(Cid Document, PrivateKey Key)> Documents) keys, (StoreWriter Writer, StoreReaders Readers) store, IChance chance)
    {
        (_writer, _readers) = store;
        _chance = chance;
        _keys.Push(keys.Folder);
        _signer = new KeySigner(keys.Folder);
        foreach ((Cid document, PrivateKey key) in keys.Documents)
        {
            _keys.Push(key);
            _documents[document] = new KeySigner(key);
        }
    }

    /// <summary>The folder's.</summary>
    public ISigner Signer => _signer;

    /// <summary>Who writes in a document.</summary>
    public ISigner Of(Cid document) => _documents.TryGetValue(document, out ISigner? own) ? own : _signer;

    /// <summary>A fresh key for the folder and all documents: whoever has the one has the others.</summary>
    /// <exception cref="StoreException">The store failed: the key is the old one.</exception>
    public async ValueTask<ISigner> RenewAsync(CancellationToken cancellationToken)
    {
        await _renewing.EnterAsync(cancellationToken);
        try
        {
            (PrivateKey key, byte[] fresh) = Make();
            List<(string, byte[]?)> changes = await _readers.UseAsync(
                connection => FormerKeys.ReplaceAll(new StoreMeta(connection), fresh, AuthorRenewalReason.UsedElsewhere), CancellationToken.None);
            await WriteAsync(changes);
            _signer = new KeySigner(key);
            _documents.Clear(); // after it: nobody is given the former key meanwhile
            return _signer;
        }
        finally
        {
            _renewing.Leave();
        }
    }

    /// <summary>A fresh key for one document.</summary>
    /// <exception cref="StoreException">The store failed: the key is the old one.</exception>
    public async ValueTask<ISigner> RenewAsync(Cid document, CancellationToken cancellationToken)
    {
        await _renewing.EnterAsync(cancellationToken);
        try
        {
            (PrivateKey key, byte[] fresh) = Make();
            ReadOnlyMemory<byte> former = Of(document).Author;
            byte[] before = _documents.ContainsKey(document) ? _keys.First(known => known.PublicKey.Protobuf.Span.SequenceEqual(former.Span)).ToProtobuf() : [];
            await WriteAsync([FormerKeys.Give(document, fresh), FormerKeys.Retire(former.Span, before, AuthorRenewalReason.DocumentErased, document)]);
            Array.Clear(before);
            return _documents[document] = new KeySigner(key);
        }
        finally
        {
            _renewing.Leave();
        }
    }

    public void Dispose()
    {
        while (_keys.TryPop(out PrivateKey? key))
        {
            key.Dispose();
        }
    }

    private (PrivateKey Key, byte[] Stored) Make()
    {
        PrivateKey key = PrivateKey.Generate(KeyType.Ed25519, _chance);
        _keys.Push(key);
        return (key, key.ToProtobuf());
    }

    // Durable before anything is signed with it.
    private async Task WriteAsync(List<(string Key, byte[]? Value)> changes)
    {
        await _writer.WriteAsync(new StoreWrite { AuthorKey = changes }, CancellationToken.None);
        changes.ForEach(static change => Array.Clear(change.Value ?? []));
    }
}
