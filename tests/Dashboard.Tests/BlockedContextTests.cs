using System.Reflection;
using P2P.Node;
using P2P.TestSupport;

namespace P2P.Dashboard.Tests;

/// <summary>Every asynchronous public member of the package is called from a thread whose synchronization context never runs anything.</summary>
public sealed class BlockedContextTests
{
    [Fact]
    public async Task The_whole_public_API_works_from_a_thread_with_a_blocked_context()
    {
        await using P2PNode node = await DashboardUnderTest.StartNodeAsync([]);
        DashboardServer server = new(node, new DashboardOptions());
        DashboardHost? host = null;
        (string Name, Func<Task> Call)[] calls =
        [
            ("DashboardHost.StartAsync", async () => host = await DashboardHost.StartAsync(node, new DashboardOptions(), 0).ConfigureAwait(false)),
            ("DashboardHost.DisposeAsync", () => host!.DisposeAsync().AsTask()),
            ("DashboardServer.DisposeAsync", () => server.DisposeAsync().AsTask()),
        ];
        string[] offered =
        [
            .. typeof(DashboardServer).Assembly.GetExportedTypes()
                .SelectMany(static t => t.GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly))
                .Where(static m => m.ReturnType.Name.Split('`')[0] is "Task" or "ValueTask" or "IAsyncEnumerable")
                .Select(static m => $"{m.DeclaringType!.Name}.{m.Name}")
                .Order(StringComparer.Ordinal),
        ];

        Assert.Equal(calls.Select(static c => c.Name).Order(StringComparer.Ordinal), offered); // a new one is called here too
        Assert.Empty(await NeverContext.CallAsync(calls));
    }
}
