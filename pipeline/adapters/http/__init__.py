"""Everything that goes out over HTTP to feeds and pages. The only importer of aiohttp and protego.

``client`` sends one request and every redirect of it, ``targets`` reads addresses, ``addresses`` refuses private ones,
``resolver`` hands on no others, ``bodies`` undoes content encodings within caps, ``failures`` names what went wrong,
``politeness`` gives each host its gap, ``robots`` asks whether a page may be fetched.
"""
