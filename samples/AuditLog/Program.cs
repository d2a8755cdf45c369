using AuditLog;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using P2P.Node;
using P2P.Node.Logs;

// A worker service whose audit log every node of the LAN has. Arguments name network interfaces, such as lo; without them it is all of them.
HostApplicationBuilder builder = Host.CreateApplicationBuilder();
builder.Logging.SetMinimumLevel(LogLevel.Warning);
builder.Services
    .AddP2P(options => Array.ForEach(args, options.Interfaces.Add))
    .AddLog("audit", new JsonLogFormat<AuditEvent>(AuditJson.Default.AuditEvent));
builder.Services.AddHostedService<AuditWorker>();
await builder.Build().RunAsync();
