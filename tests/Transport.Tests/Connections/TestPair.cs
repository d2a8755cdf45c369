using P2P.Transport.Memory;

namespace P2P.Transport.Tests.Connections;

/// <summary>Two nodes that can reach each other.</summary>
internal sealed class TestPair(TestNode a, TestNode b) : IAsyncDisposable
{
    public static async Task<TestPair> StartAsync(bool overMemory)
    {
        MemoryNetwork? memory = overMemory ? new MemoryNetwork() : null;
        return new TestPair(await TestNode.StartAsync(1, memory), await TestNode.StartAsync(2, memory));
    }

    public void Deconstruct(out TestNode first, out TestNode second) => (first, second) = (a, b);

    public async ValueTask DisposeAsync()
    {
        await a.DisposeAsync();
        await b.DisposeAsync();
    }
}
