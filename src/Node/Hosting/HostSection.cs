using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace P2P.Node.Hosting;

/// <summary>Options from section <c>P2P</c>, where the application has a configuration.</summary>
internal sealed class HostSection(IServiceProvider services) : IConfigureOptions<P2PHostOptions>
{
    public void Configure(P2PHostOptions options)
    {
        if (services.GetService(typeof(IConfiguration)) is IConfiguration configuration)
        {
            HostOptionsReader.Read(configuration.GetSection(P2PHostOptions.Section), options);
        }
    }
}
