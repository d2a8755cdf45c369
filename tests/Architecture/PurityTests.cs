using Mono.Cecil;
using Mono.Cecil.Cil;

namespace P2P.Architecture;

/// <summary>State machines and codecs are pure; product code outside the seams has no ambient time, chance, threads or unbounded queues.</summary>
public sealed class PurityTests
{
    private static readonly string[] s_pureSuffixes =
        ["Router", "Session", "Handshake", "Lookup", "Core", "Engine", "Frame", "Wire", "Codec", "Sequence", "RoutingTable", "OrphanPool", "MerkleClock", "KadServer"];

    private static readonly string[] s_impure =
    [
        "System.Threading.Tasks.", "System.Threading.Channels.", "System.Threading.Thread", "System.TimeProvider", "System.DateTime", "System.Net.Sockets.",
        "System.Diagnostics.Stopwatch", "System.Random", "System.Security.Cryptography.RandomNumberGenerator", "Microsoft.Extensions.Logging.", "System.IO.File",
    ];

    private static readonly (string Type, string? Method)[] s_banned =
    [
        ("System.Threading.Tasks.Task", "Run"), ("System.Threading.Tasks.Parallel", null), ("System.Threading.Thread", ".ctor"), ("System.Threading.ThreadPool", null),
        ("System.Threading.Timer", null), ("System.Diagnostics.Stopwatch", null), ("System.Random", ".ctor"), ("System.Random", "get_Shared"), ("System.Guid", "NewGuid"),
        ("System.DateTime", "get_Now"), ("System.DateTime", "get_UtcNow"), ("System.DateTimeOffset", "get_Now"), ("System.DateTimeOffset", "get_UtcNow"),
        ("System.Environment", "get_TickCount"), ("System.Environment", "get_TickCount64"), ("System.TimeProvider", "get_System"),
        ("System.Security.Cryptography.RandomNumberGenerator", null), ("System.Threading.Channels.Channel", "CreateUnbounded"),
        ("System.Threading.CancellationTokenSource", "CancelAsync"), ("System.Threading.Tasks.Task", "ConfigureAwait"),
        ("System.Threading.Tasks.ValueTask", "ConfigureAwait"), ("System.Threading.Tasks.Task", "ContinueWith"),
    ];

    public static TheoryData<string> Assemblies => [.. Product.AssemblyNames];

    [Theory]
    [MemberData(nameof(Assemblies))]
    public void State_machines_and_codecs_touch_no_task_clock_socket_log_or_chance(string assembly)
    {
        string[] found =
        [
            .. Product.Types(assembly)
                .Where(IsPure)
                .SelectMany(t => t.Methods.Where(m => m.HasBody).SelectMany(m => Calls(m)
                    .Where(c => s_impure.Any(i => c.DeclaringType.FullName.StartsWith(i, StringComparison.Ordinal)))
                    .Select(c => $"{t.FullName}.{m.Name} calls {c.DeclaringType.FullName}.{c.Name}"))),
        ];
        Assert.Empty(found);
    }

    [Theory]
    [MemberData(nameof(Assemblies))]
    public void Product_code_outside_the_seams_has_no_ambient_time_chance_threads_or_unbounded_queues(string assembly)
    {
        string[] found =
        [
            .. Product.Types(assembly)
                .Where(t => !Outermost(t).Namespace.StartsWith("P2P.Core.Runtime", StringComparison.Ordinal))
                .SelectMany(t => t.Methods.Where(m => m.HasBody).SelectMany(m => Calls(m)
                    .Where(c => s_banned.Any(b => c.DeclaringType.GetElementType().FullName.Split('`')[0] == b.Type && (b.Method is null || b.Method == c.Name)))
                    .Select(c => $"{t.FullName}.{m.Name} calls {c.DeclaringType.Name}.{c.Name}"))),
        ];
        Assert.Empty(found);
    }

    [Fact]
    public void The_scan_sees_a_clock_where_there_is_one()
    {
        MethodDefinition method = Product.Types("P2P.Core").Single(t => t.Name == "SystemTime").Methods.Single(m => m.Name == "get_Provider");
        Assert.Contains(Calls(method), c => c.Name == "get_System");
    }

    private static bool IsPure(TypeDefinition type)
    {
        TypeDefinition outer = Outermost(type);
        string name = outer.Name.Split('`')[0];
        return outer.Namespace.StartsWith("P2P.", StringComparison.Ordinal) && !outer.IsInterface
            && s_pureSuffixes.Any(s => name.EndsWith(s, StringComparison.Ordinal));
    }

    private static TypeDefinition Outermost(TypeDefinition type)
    {
        while (type.DeclaringType is not null)
        {
            type = type.DeclaringType;
        }

        return type;
    }

    private static IEnumerable<MethodReference> Calls(MethodDefinition method) =>
        method.Body.Instructions
            .Where(i => i.OpCode.Code is Code.Call or Code.Callvirt or Code.Newobj or Code.Ldftn)
            .Select(i => i.Operand)
            .OfType<MethodReference>();
}
