using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using P2P.Crdt.Events;
using P2P.Crdt.Replication;
using P2P.Node.Logs;

namespace AuditLog;

/// <summary>Writes entries, then tries to slip a forged one in, as a peer might, and says what became of it.</summary>
internal sealed class AuditWorker([FromKeyedServices("audit")] IReplicatedLog<AuditEvent> log, IHostApplicationLifetime host) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        foreach ((string who, string what) in new[] { ("alice", "opened the door"), ("bob", "read the ledger"), ("alice", "closed the door") })
        {
            LogEntry<AuditEvent> entry = await log.AppendAsync(new AuditEvent(who, what), stoppingToken);
            Console.WriteLine($"{entry.Sequence}  {entry.At?.ToLocalTime():HH:mm:ss}  {who} {what}");
        }

        // Bob was never there: the same block with another word in it. Its hash names another event, and the signature is not of it.
        Event last = (await log.Replica.GetEventsAsync([(await log.ReadAsync(stoppingToken))[1].Event], stoppingToken)).Single();
        byte[] forged = last.Bytes.ToArray();
        forged.AsSpan(forged.AsSpan().IndexOf("bob"u8), 3)[1] = (byte)'i';
        EventVerdict verdict = await log.Replica.InsertBlockAsync(forged, cancellationToken: stoppingToken);
        Console.WriteLine($"forged entry of \"bib\": {verdict.Kind}, {verdict.Reason}");

        VerifyReport report = await log.VerifyAsync(stoppingToken);
        Console.WriteLine($"{report.Signed} entries, every signature checked again: {(report.IsSound ? "sound" : "NOT SOUND")}");
        host.StopApplication();
    }
}
