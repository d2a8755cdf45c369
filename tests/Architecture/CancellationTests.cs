using Mono.Cecil;

namespace P2P.Architecture;

/// <summary>Who waits can stop waiting: every public asynchronous method takes a token, but for those that are named here with the reason.</summary>
public sealed class CancellationTests
{
    private static readonly Dictionary<string, string> s_without = new(StringComparer.Ordinal)
    {
        ["P2P.Core.Runtime.ISpawner"] = "a body has its own",
        ["P2P.Core.Runtime.PoolSpawner"] = "a body has its own",
        ["P2P.Core.Runtime.Traces"] = "a body has its own",
        ["P2P.Crdt.Federation.Replay.Replayer.ReplayAsync"] = "computes over what is in memory",
        ["P2P.Crdt.Snapshots.SnapshotIntake.FinishAsync"] = "computes over what is in memory",
        ["P2P.Transport.Connections.PeerNetwork.BanAsync"] = "cuts at once, without a good-bye that could take long",
        ["P2P.Testing.Simulation.SimulatedMachine"] = "time is virtual: nothing takes long",
        ["P2P.Testing.Simulation.SimulatedNetwork"] = "time is virtual: nothing takes long",
        ["P2P.Testing.Simulation.SimulatedNode"] = "time is virtual: nothing takes long",
    };

    [Fact]
    public void Every_public_asynchronous_method_takes_a_token()
    {
        string[] without =
        [
            .. Product.AssemblyNames.Where(static n => n != "P2P.Cli").SelectMany(Product.Types)
                .Where(static t => t.IsPublic && t.BaseType?.FullName != "System.MulticastDelegate")
                .SelectMany(static t => t.Methods.Where(static m => m.IsPublic && !m.IsSpecialName && IsAsynchronous(m.ReturnType) && m.Name != "DisposeAsync"
                    && m.Parameters.All(static p => p.ParameterType.FullName != "System.Threading.CancellationToken")))
                .Select(static m => s_without.ContainsKey(m.DeclaringType.FullName) ? m.DeclaringType.FullName : $"{m.DeclaringType.FullName}.{m.Name}")
                .Distinct(),
        ];

        Assert.Empty(without.Except(s_without.Keys));
        Assert.Empty(s_without.Keys.Except(without)); // a reason without a method goes
    }

    private static bool IsAsynchronous(TypeReference type) => type.FullName.Split('`', '<')[0] is
        "System.Threading.Tasks.Task" or "System.Threading.Tasks.ValueTask" or "System.Collections.Generic.IAsyncEnumerable";
}
