using System.Diagnostics;
using System.IO.Pipes;
using P2P.Core.Runtime;
using P2P.Crdt.Events;
using P2P.Crdt.Replication;

namespace P2P.Storage.Tests;

/// <summary>A writer process is killed again and again; nothing it acknowledged is lost. Durability specification, section 4.</summary>
public sealed class KillTests
{
    private const int Rounds = 20;

    internal static Genesis Document { get; } = Genesis.Create("test", "killed");

    [Fact]
    public async Task Killed_at_any_moment_the_store_keeps_every_acknowledged_event_and_no_number_is_used_twice()
    {
        SeededChance chance = new(20);
        using TempFolder folder = new();
        ulong highest = 0;
        for (int round = 0; round < Rounds; round++)
        {
            int parallel = (round % 3) switch { 0 => 1, 1 => 10, _ => 100 };
            List<ulong> acknowledged = RunAndKill(folder.Path, parallel, chance.Below(60));
            Assert.NotEmpty(acknowledged);
            highest = Math.Max(highest, acknowledged.Max());

            await using (SqliteEventStore store = StoreTests.Open(folder))
            {
                Assert.False(store.WasClean);
                Assert.False(store.AuthorRotated); // a crash alone is no restored backup
                await using Replica replica = await Replica.OpenAsync(new ReplicaOptions { Genesis = Document, Store = store });
                Assert.True((ulong)replica.Status.AppliedCount >= highest, $"Round {round}: {replica.Status.AppliedCount} of {highest}");
                Event next = await replica.AppendEventAsync(new EventDraft { Type = "note" });
                Assert.Equal((ulong)replica.Status.AppliedCount, next.Sequence);
                Assert.Empty(replica.Status.Forks);
                Assert.Equal([next.Cid], replica.Status.Heads);
                highest = next.Sequence;
            }

            StoreTests.AssertConsistent(folder);
        }
    }

    private static List<ulong> RunAndKill(string directory, int parallel, int milliseconds)
    {
        using AnonymousPipeServerStream pipe = new(PipeDirection.In, HandleInheritability.Inheritable);
        ProcessStartInfo start = new(DotnetPath()) { UseShellExecute = false };
        foreach (string argument in new[]
        {
            "exec", typeof(KillTests).Assembly.Location, "--writer", directory, pipe.GetClientHandleAsString(),
            parallel.ToString(System.Globalization.CultureInfo.InvariantCulture),
        })
        {
            start.ArgumentList.Add(argument);
        }

        using Process writer = Process.Start(start)!;
        pipe.DisposeLocalCopyOfClientHandle();
        List<ulong> acknowledged = [];
        byte[] number = new byte[8];
        Read(pipe, number, acknowledged); // running: the first acknowledgement
        writer.WaitForExit(milliseconds);
        writer.Kill();
        while (Read(pipe, number, acknowledged))
        {
        }

        writer.WaitForExit();
        return acknowledged;
    }

    private static bool Read(Stream pipe, byte[] number, List<ulong> acknowledged)
    {
        if (pipe.ReadAtLeast(number, number.Length, throwOnEndOfStream: false) < number.Length)
        {
            return false;
        }

        acknowledged.Add(BitConverter.ToUInt64(number));
        return true;
    }

    private static string DotnetPath() => Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet" ? Environment.ProcessPath! : "dotnet";
}
