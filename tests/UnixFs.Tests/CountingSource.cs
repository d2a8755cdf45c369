using P2P.Core.Blocks;
using P2P.Core.Multiformats;
using P2P.UnixFs.Export;

namespace P2P.UnixFs.Tests;

/// <summary>Counts what is asked of a store, and how much of it at once. Answers late, so that questions pile up.</summary>
internal sealed class CountingSource(IBlockStore store, int window) : IBlockSource
{
    private readonly Dictionary<Cid, int> _asked = [];
    private int _open;

    public int Window => window;

    public int Asked => _asked.Values.Sum();

    public int AskedTwice => _asked.Values.Count(static c => c > 1);

    public int OpenMost { get; private set; }

    public async ValueTask<ReadOnlyMemory<byte>?> GetAsync(Cid cid, CancellationToken cancellationToken)
    {
        lock (_asked)
        {
            _asked[cid] = _asked.GetValueOrDefault(cid) + 1;
            OpenMost = Math.Max(OpenMost, ++_open);
        }

        await Task.Yield();
        ReadOnlyMemory<byte>? found = await store.GetAsync(cid, cancellationToken);
        lock (_asked)
        {
            _open--;
        }

        return found;
    }
}
