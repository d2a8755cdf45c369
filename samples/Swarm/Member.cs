using System.Text;
using P2P.Core.Multiformats;
using P2P.Node;
using P2P.Node.Documents;
using P2P.Node.Files;
using P2P.Transport.Memory;

namespace Swarm;

/// <summary>A node of the swarm, which can be stopped and started again in its folder.</summary>
internal sealed class Member(MemoryNetwork memory, string folder, int number, IReadOnlyList<Multiaddr> knows) : IAsyncDisposable
{
    private P2PNode? _node;

    public TextDocument Notes { get; private set; } = null!;

    public Multiaddr Address => _node!.Addresses[0];

    /// <summary>The file that this one offers.</summary>
    public Cid Offer { get; private set; }

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        _node = await P2PNode.StartAsync(
            new P2POptions
            {
                DataDirectory = Path.Combine(folder, $"{number}"),
                Network = "swarm-sample",
                Mdns = false,
                Memory = memory,
                Listen = [Multiaddr.FromMemory((ulong)number + 1)],
                Peers = knows,
            },
            cancellationToken);
        Notes = await _node.Documents.OpenAsync("notes", cancellationToken);
        using MemoryStream file = new(Encoding.UTF8.GetBytes($"the file of member {number}"));
        Offer = await _node.Blocks.AddFileAsync(file, cancellationToken: cancellationToken);
    }

    /// <summary>Waits until the notes are of this length.</summary>
    public async Task ReadAsync(int length, CancellationToken cancellationToken)
    {
        await foreach (TextUpdate update in Notes.Updates(cancellationToken))
        {
            if (update.Snapshot.Length == length)
            {
                return;
            }
        }
    }

    /// <summary>Whether the file of another, who is somewhere in the swarm, is found and read.</summary>
    public async Task<bool> FindAsync(Cid file, CancellationToken cancellationToken)
    {
        try
        {
            await _node!.Blocks.GetFileAsync(file, Stream.Null, new GetFileOptions(), null, cancellationToken);
            return true;
        }
        catch (P2PException)
        {
            return false;
        }
    }

    public ValueTask DisposeAsync() => _node?.DisposeAsync() ?? ValueTask.CompletedTask;
}
