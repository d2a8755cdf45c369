using AuditLog;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using P2P.Node;
using P2P.Node.Logs;

// A worker service whose audit log every node of the LAN has. Arguments name network interfaces, such as lo; without them it is all of them.
HostApplicationBuilder builder = Host.CreateApplicationBuilder();
builder.Logging.SetMinimumLevel(LogLevel.Warning);
builder.Logging.AddFilter("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.None); // a start that fails is told below, in one line
builder.Services
    .AddP2P(options => Array.ForEach(args, options.Interfaces.Add))
    .AddLog("audit", new JsonLogFormat<AuditEvent>(AuditJson.Default.AuditEvent));
builder.Services.AddHostedService<AuditWorker>();
try
{
    await builder.Build().RunAsync();
    return 0;
}
catch (Exception error) when (P2PException.In(error) is P2PException refused) // an option of the configuration, a folder in use
{
    Console.Error.WriteLine(refused.Line);
    return refused.ExitCode;
}
